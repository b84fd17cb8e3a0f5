/* SPDX-License-Identifier: MIT */
#ifndef PINNA_TESTS_DEMOS_SUPPORT_H
#define PINNA_TESTS_DEMOS_SUPPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Tests of the command-line tool run the tool itself, each in a folder of its own that is removed afterwards. */

enum { TEXT_MAX = 8192, PATH_BYTES = 512 };

typedef struct outcome {
    int exit_code; /* -1 where a signal ended the tool */
    int signal;
    char out[TEXT_MAX];
    char err[TEXT_MAX];
} outcome;

/* A fresh folder, the current one from here on. Removed when the test's process ends. */
void enter_folder(void);

/* Writes a text file into the folder. */
void write_text(const char* name, const char* text);

/* Writes noise, frame_count frames. */
void write_noise(const char* name, int sample_rate_hz, int channel_count, size_t frame_count);

/* Writes 32-bit float samples, [frame][channel]. mask: WAVEFORMATEXTENSIBLE's; 0: a plain header. */
void write_wav(const char* name, int sample_rate_hz, int channel_count, unsigned mask, const float* samples,
               size_t frame_count);

/* Writes bytes. */
void write_bytes(const char* name, const void* bytes, size_t count);

/* Largest difference of two signals of count samples, dB relative to the first one's peak. */
double worst_db(const float* a, const float* b, size_t count);

/* Reads a stereo file whole, [frame][ear]. Free the result. */
float* read_stereo(const char* name, size_t* frame_count, int* sample_rate_hz);

/* Runs `pinna COMMAND_LINE`, split at spaces, and waits. */
outcome run_tool(const char* command_line);

/* Starts it with its output thrown away. */
pid_t start_tool(const char* command_line);

/* The same within a shell that has set something up before, "ulimit -f 8;". */
outcome run_tool_after(const char* shell_setup, const char* command_line);

/* Runs it and expects that it works. */
void check_tool_works(const char* command_line);

/* Runs it and expects an exit code, and a text in what it says. */
void check_tool_says(const char* command_line, int exit_code, const char* expected);

/* Runs it and expects an exit code, one line with a text in it, and no file named out. */
void check_tool_fails(const char* command_line, int exit_code, const char* expected);

/* The same with exit code 1: the call is right, the files are not. */
void check_tool_refuses(const char* command_line, const char* expected);

/* The time difference between the ears of a stereo file around a time; + where the left ear is first. */
double itd_at(const char* name, double t_s);

/* How many names in the folder contain a piece of text. */
int count_files(const char* piece);

/* Whether text is exactly one line, ending with a line feed. */
bool is_one_line(const char* text);

#endif
