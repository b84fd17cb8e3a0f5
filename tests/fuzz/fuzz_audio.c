/* SPDX-License-Identifier: MIT */
/* Audio files as the tool reads them: every sample that comes out is a number. */
#include "as_file.h"

#include "audio_input.h"

static size_t put(uint8_t* out, const char* name, const void* content, uint32_t byte_count)
{
    memcpy(out, name, 4);
    for (int i = 0; i < 4; i++) out[4 + i] = (uint8_t)(byte_count >> 8 * i);
    memcpy(out + 8, content, byte_count);
    return 8 + byte_count + (byte_count & 1);
}

/* RIFF or RF64 WAVE with so many channels of noise, 16 bits or float. */
static size_t make_wav(uint8_t* out, const char* riff, uint16_t channel_count, bool is_float)
{
    uint8_t content[2048], format[16] = {(uint8_t)(is_float ? 3 : 1), 0, (uint8_t)channel_count, 0, 0x80, 0xbb, 0, 0};
    uint32_t bytes_per_frame = channel_count * (is_float ? 4u : 2u), rate = 48000 * bytes_per_frame;
    for (int i = 0; i < 4; i++) format[8 + i] = (uint8_t)(rate >> 8 * i);
    format[12] = (uint8_t)bytes_per_frame;
    format[14] = is_float ? 32 : 16;
    for (size_t i = 0; i < sizeof content; i++) content[i] = (uint8_t)(i * 37 + (i >> 3));
    size_t used = 12;
    if (riff[1] == 'F') used += put(out + used, "ds64", content, 28);
    used += put(out + used, "fmt ", format, sizeof format);
    used += put(out + used, "bext", content, 602);
    used += put(out + used, "data", content, 64 * bytes_per_frame);
    uint8_t whole[8];
    put(whole, riff, content, 0);
    memcpy(out, whole, 4);
    for (int i = 0; i < 4; i++) out[4 + i] = (uint8_t)((used - 8) >> 8 * i);
    memcpy(out + 8, "WAVE", 4);
    return used;
}

size_t fuzz_seed(unsigned index, uint8_t* out, size_t capacity)
{
    if (capacity < 8192 || index >= 6) return 0;
    memset(out, 0, 8192);
    if (index == 5) { /* the largest numbers there are: nothing may add them up */
        static const uint8_t largest[4] = {0xff, 0xff, 0x7f, 0x7f};
        size_t used = make_wav(out, "RIFF", 1, true);
        for (size_t i = 0; i < 64; i++) memcpy(out + used - 4 * (i + 1), largest, 4);
        return used;
    }
    if (index == 4) return make_wav(out, "RF64", 2, false);
    return make_wav(out, "RIFF", index % 2 ? 6 : 1, index / 2);
}

static void read_through(const char* path, uint32_t channel)
{
    static float samples[4096];
    pinna_report report = {0};
    pinna_audio_input* input;
    pinna_audio_input_config config = {.path = path, .channel = channel};
    pinna_status status = pinna_audio_input_open(&config, &report, &input);
    FUZZ_EXPECT(status == PINNA_OK || pinna_report_error(&report));
    if (status) return;
    status = pinna_audio_input_start(input, 44100, &report);
    for (int block = 0; block < 50 && !status; block++) {
        size_t count = pinna_audio_input_read(input, samples, 4096);
        FUZZ_EXPECT(count <= 4096);
        for (size_t i = 0; i < count; i++) FUZZ_EXPECT(isfinite(samples[i]));
        if (count < 4096) break;
    }
    if (!status) pinna_audio_input_remarks(input, &report);
    pinna_audio_input_close(input);
}

int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t byte_count)
{
    fuzz_file file = fuzz_file_make(bytes, byte_count);
    read_through(file.path, 0);
    read_through(file.path, 2);
    fuzz_file_close(&file);
    return 0;
}
