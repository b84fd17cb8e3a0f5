/* SPDX-License-Identifier: MIT */
#include "listening_test.h"
#include "csv.h"
#include "output_file.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define DEG (180 / 3.14159265358979324)

static uint32_t next_random(uint32_t* state)
{
    *state = *state * 1664525u + 1013904223u; /* Numerical Recipes' generator: good enough to shuffle */
    return *state >> 8;
}

pinna_listening_test pinna_listening_make(size_t trial_count, uint32_t seed)
{
    static const float elevations_deg[] = {0, 30, 0, -30, 0, 60};
    pinna_listening_test test = {.trial_count = trial_count < PINNA_LISTENING_MAX ? trial_count : PINNA_LISTENING_MAX};
    uint32_t state = seed * 2654435761u + 1;
    float first_deg = (float)(next_random(&state) % 360);
    for (size_t i = 0; i < test.trial_count; i++) {
        float azimuth = remainderf(first_deg + 360.0f * (float)i / (float)test.trial_count, 360);
        test.trials[i].target = (pinna_listening_direction){azimuth, elevations_deg[i % 6]};
    }
    for (size_t i = test.trial_count; i > 1; i--) {
        size_t other = next_random(&state) % i;
        pinna_listening_trial swapped = test.trials[i - 1];
        test.trials[i - 1] = test.trials[other];
        test.trials[other] = swapped;
    }
    return test;
}

pinna_status pinna_listening_read(const char* path, pinna_report* report,
                                  pinna_listening_direction out[PINNA_LISTENING_MAX], size_t* count)
{
    static const pinna_csv_column columns[] = {{"azimuth_deg", -360, 360, false, 0},
                                               {"elevation_deg", -90, 90, false, 0}};
    pinna_csv_table table;
    *count = 0;
    pinna_status status = pinna_csv_read(path, columns, 2, report, &table);
    for (size_t i = 0; !status && i < table.row_count && i < PINNA_LISTENING_MAX; i++)
        out[(*count)++] =
            (pinna_listening_direction){(float)table.values[i * table.column_count],
                                        (float)table.values[i * table.column_count + 1]};
    pinna_csv_release(&table);
    return status;
}

void pinna_listening_answer(pinna_listening_test* test, pinna_listening_direction answer, double seconds)
{
    if (test->answered_count == test->trial_count) return;
    test->trials[test->answered_count].answer = answer;
    test->trials[test->answered_count++].seconds = seconds;
}

static pinna_vec3 vector(pinna_listening_direction d)
{
    return pinna_direction_from_spherical(d.azimuth_deg, d.elevation_deg);
}

static double angle_deg(pinna_vec3 a, pinna_vec3 b)
{
    return DEG * atan2((double)pinna_vec3_length(pinna_vec3_cross(a, b)), (double)pinna_vec3_dot(a, b));
}

static double error_deg(const pinna_listening_trial* trial)
{
    return angle_deg(vector(trial->target), vector(trial->answer));
}

bool pinna_listening_is_front_back(const pinna_listening_trial* trial)
{
    pinna_vec3 target = vector(trial->target), answer = vector(trial->answer),
               mirrored = {-target.x, target.y, target.z};
    return target.x * answer.x < 0 && angle_deg(mirrored, answer) < angle_deg(target, answer);
}

static double lateral_deg(pinna_listening_direction d)
{
    return DEG * asin(fmin(fmax((double)vector(d).y, -1), 1));
}

pinna_listening_result pinna_listening_evaluate(const pinna_listening_test* test)
{
    pinna_listening_result r = {0};
    double count = (double)test->answered_count;
    for (size_t i = 0; i < test->answered_count; i++) {
        const pinna_listening_trial* t = &test->trials[i];
        double lateral = lateral_deg(t->answer) - lateral_deg(t->target);
        double elevation = (double)t->answer.elevation_deg - (double)t->target.elevation_deg;
        r.mean_error_deg += error_deg(t) / count;
        r.lateral_error_deg += lateral * lateral / count;
        r.elevation_error_deg += elevation * elevation / count;
        r.elevation_bias_deg += elevation / count;
        r.front_back_count += pinna_listening_is_front_back(t);
        r.mean_seconds += t->seconds / count;
    }
    r.lateral_error_deg = sqrt(r.lateral_error_deg);
    r.elevation_error_deg = sqrt(r.elevation_error_deg);
    return r;
}

pinna_status pinna_listening_write_csv(const pinna_listening_test* test, const char* path, pinna_report* report)
{
    pinna_output_file* file;
    char line[200];
    pinna_status status = pinna_output_file_create(path, report, &file);
    if (status) return status;
    snprintf(line, sizeof line, "trial,target_azimuth_deg,target_elevation_deg,answer_azimuth_deg,answer_elevation_deg,"
                                "error_deg,front_back,seconds\n");
    (void)pinna_output_file_write(file, line, strlen(line));
    for (size_t i = 0; i < test->answered_count; i++) {
        const pinna_listening_trial* t = &test->trials[i];
        snprintf(line, sizeof line, "%zu,%.2f,%.2f,%.2f,%.2f,%.2f,%d,%.2f\n", i + 1, (double)t->target.azimuth_deg,
                 (double)t->target.elevation_deg, (double)t->answer.azimuth_deg, (double)t->answer.elevation_deg,
                 error_deg(t), pinna_listening_is_front_back(t), t->seconds);
        (void)pinna_output_file_write(file, line, strlen(line)); /* commit tells of failures */
    }
    return pinna_output_file_commit(file, report);
}

void pinna_listening_words(const pinna_listening_test* test, char* text, size_t size)
{
    pinna_listening_result r = pinna_listening_evaluate(test);
    snprintf(
        text, size,
        "%zu of %zu answered: off by %.1f° on average; left-right %.1f°, up-down %.1f° (bias %+.1f°); front and "
        "back confused %zu time%s",
        test->answered_count, test->trial_count, r.mean_error_deg, r.lateral_error_deg, r.elevation_error_deg,
        r.elevation_bias_deg, r.front_back_count, r.front_back_count == 1 ? "" : "s");
}
