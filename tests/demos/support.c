/* SPDX-License-Identifier: MIT */
#include "support.h"
#include "interaural.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[PATH_BYTES];
static pid_t folder_owner;

static void remove_folder(void)
{
    if (getpid() != folder_owner) return; /* a child that failed to start the tool */
    DIR* listing = opendir(folder);
    if (!listing) return;
    for (struct dirent* entry; (entry = readdir(listing));) {
        if (entry->d_name[0] == '.' && (!entry->d_name[1] || entry->d_name[1] == '.')) continue;
        if (unlinkat(dirfd(listing), entry->d_name, 0)) unlinkat(dirfd(listing), entry->d_name, AT_REMOVEDIR);
    }
    closedir(listing);
    rmdir(folder);
}

void enter_folder(void)
{
    const char* base = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/pinna-test-XXXXXX", base ? base : "/tmp");
    cr_assert(mkdtemp(folder));
    cr_assert_eq(chdir(folder), 0);
    folder_owner = getpid();
    atexit(remove_folder);
}

void write_text(const char* name, const char* text)
{
    FILE* file = fopen(name, "wb");
    cr_assert(file);
    cr_assert_geq(fputs(text, file), 0);
    cr_assert_eq(fclose(file), 0);
}

void write_noise(const char* name, int sample_rate_hz, int channel_count, size_t frame_count)
{
    SF_INFO info = {.samplerate = sample_rate_hz, .channels = channel_count, .format = SF_FORMAT_WAV | SF_FORMAT_FLOAT};
    SNDFILE* file = sf_open(name, SFM_WRITE, &info);
    float* samples = malloc(frame_count * (size_t)channel_count * sizeof *samples);
    cr_assert(file && samples);
    srand(1);
    for (size_t i = 0; i < frame_count * (size_t)channel_count; i++)
        samples[i] = 0.25f * (2.0f * (float)rand() / (float)RAND_MAX - 1.0f);
    cr_assert_eq(sf_writef_float(file, samples, (sf_count_t)frame_count), (sf_count_t)frame_count);
    sf_close(file);
    free(samples);
}

void write_bytes(const char* name, const void* bytes, size_t count)
{
    FILE* file = fopen(name, "wb");
    cr_assert(file);
    cr_assert_eq(fwrite(bytes, 1, count, file), count);
    cr_assert_eq(fclose(file), 0);
}

static unsigned char* put(unsigned char* at, unsigned value, int byte_count)
{
    for (int i = 0; i < byte_count; i++)
        *at++ = (unsigned char)(value >> 8 * i & 0xFF);
    return at;
}

void write_wav(const char* name, int sample_rate_hz, int channel_count, unsigned mask, const float* samples,
               size_t frame_count)
{
    static const unsigned char guid[] = {3, 0, 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71};
    unsigned rate = (unsigned)sample_rate_hz, channels = (unsigned)channel_count;
    unsigned size = (unsigned)(frame_count * channels * sizeof *samples), format_size = mask ? 40 : 16;
    unsigned char* bytes = malloc(28 + format_size + size);
    cr_assert(bytes);
    unsigned char* at = bytes;
    memcpy(at, "RIFF", 4);
    at = put(at + 4, 20 + format_size + size, 4);
    memcpy(at, "WAVEfmt ", 8);
    at = put(put(put(at + 8, format_size, 4), mask ? 0xFFFE : 3, 2), channels, 2);
    at = put(put(put(put(at, rate, 4), rate * channels * 4, 4), channels * 4, 2), 32, 2);
    if (mask) {
        at = put(put(put(at, 22, 2), 32, 2), mask, 4);
        memcpy(at, guid, sizeof guid);
        at += sizeof guid;
    }
    memcpy(at, "data", 4);
    at = put(at + 4, size, 4);
    memcpy(at, samples, size);
    write_bytes(name, bytes, 28 + format_size + size);
    free(bytes);
}

double worst_db(const float* a, const float* b, size_t count)
{
    double peak = 0, worst = 0;
    for (size_t i = 0; i < count; i++) {
        peak = fmax(peak, fabs((double)a[i]));
        worst = fmax(worst, fabs((double)a[i] - (double)b[i]));
    }
    cr_assert_gt(peak, 0, "nothing to compare with");
    return 20 * log10(worst / peak + 1e-30);
}

float* read_stereo(const char* name, size_t* frame_count, int* sample_rate_hz)
{
    SF_INFO info = {0};
    SNDFILE* file = sf_open(name, SFM_READ, &info);
    cr_assert(file, "%s cannot be read back", name);
    cr_assert_eq(info.channels, 2);
    float* samples = malloc((size_t)info.frames * 2 * sizeof *samples);
    cr_assert(samples);
    cr_assert_eq(sf_readf_float(file, samples, info.frames), info.frames);
    sf_close(file);
    *frame_count = (size_t)info.frames;
    if (sample_rate_hz) *sample_rate_hz = info.samplerate;
    return samples;
}

static void read_back(const char* name, char* text)
{
    FILE* file = fopen(name, "rb");
    size_t size = file ? fread(text, 1, TEXT_MAX - 1, file) : 0;
    text[size] = '\0';
    if (file) fclose(file);
    unlink(name);
}

outcome run_tool_after(const char* shell_setup, const char* command_line)
{
    outcome result = {.exit_code = -1};
    char command[4096];
    snprintf(command, sizeof command, "(%s exec '%s/pinna' %s) >.out 2>.err", shell_setup, PINNA_BINARY_DIR,
             command_line);
    int status = system(command);
    cr_assert_neq(status, -1);
    if (WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
    read_back(".out", result.out);
    read_back(".err", result.err);
    return result;
}

outcome run_tool(const char* command_line)
{
    return run_tool_after("", command_line);
}

pid_t start_tool(const char* command_line)
{
    char command[4096];
    snprintf(command, sizeof command, "exec '%s/pinna' %s >/dev/null 2>&1", PINNA_BINARY_DIR, command_line);
    pid_t child = fork();
    cr_assert_geq(child, 0);
    if (child == 0) {
        execl("/bin/sh", "sh", "-c", command, (char*)NULL);
        _exit(127);
    }
    return child;
}

int count_files(const char* piece)
{
    int count = 0;
    DIR* listing = opendir(".");
    cr_assert(listing);
    for (struct dirent* entry; (entry = readdir(listing));)
        count += strstr(entry->d_name, piece) != NULL;
    closedir(listing);
    return count;
}

bool is_one_line(const char* text)
{
    const char* end = strchr(text, '\n');
    return end && end != text && end[1] == '\0';
}

void check_tool_works(const char* command_line)
{
    outcome result = run_tool(command_line);
    cr_assert_eq(result.exit_code, 0, "pinna %s: exit %d: %s", command_line, result.exit_code, result.err);
}

void check_tool_says(const char* command_line, int exit_code, const char* expected)
{
    outcome result = run_tool(command_line);
    cr_expect_eq(result.exit_code, exit_code, "pinna %s: exit %d: %s", command_line, result.exit_code, result.err);
    cr_expect(strstr(result.out, expected) || strstr(result.err, expected), "pinna %s: '%s' '%s'", command_line,
              result.out, result.err);
}

void check_tool_fails(const char* command_line, int exit_code, const char* expected)
{
    outcome result = run_tool(command_line);
    cr_expect_eq(result.exit_code, exit_code, "pinna %s: exit %d, signal %d", command_line, result.exit_code,
                 result.signal);
    cr_expect(is_one_line(result.err), "pinna %s: not one line: '%s'", command_line, result.err);
    cr_expect(strstr(result.err, expected), "pinna %s: '%s' does not say '%s'", command_line, result.err, expected);
    cr_expect_eq(count_files("out"), 0, "pinna %s leaves files behind", command_line);
}

void check_tool_refuses(const char* command_line, const char* expected)
{
    check_tool_fails(command_line, 1, expected);
}

double itd_at(const char* name, double t_s)
{
    size_t count = 0;
    int rate_hz = 0;
    float* frames = read_stereo(name, &count, &rate_hz);
    float ears[2][256];
    pinna_interaural* trace = NULL;
    cr_assert_eq(pinna_interaural_create((uint32_t)rate_hz, &trace), PINNA_OK);
    for (size_t done = 0; done + 256 <= count; done += 256) {
        for (size_t i = 0; i < 256; i++)
            for (size_t ear = 0; ear < 2; ear++)
                ears[ear][i] = frames[2 * (done + i) + ear];
        cr_assert(pinna_interaural_write(trace, ears[0], ears[1], 256));
    }
    const pinna_interaural_window* windows = pinna_interaural_windows(trace, &count);
    double itd_s = NAN, nearest_s = 1;
    for (size_t i = 0; i < count; i++) {
        if (fabs(windows[i].middle_s - t_s) >= nearest_s) continue;
        nearest_s = fabs(windows[i].middle_s - t_s);
        itd_s = (double)windows[i].itd_s;
    }
    pinna_interaural_destroy(trace);
    free(frames);
    return itd_s;
}
