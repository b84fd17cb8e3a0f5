/* SPDX-License-Identifier: MIT */
/* A checksum tells damage, not malice: whoever can write a file can sum it up. What is opened is checked like any other
   input, against what the renderer relies on. */
#include "hrtf/store.h"

#include <math.h>

/* Far beyond anything prepared, and small enough that no product of two leaves the range of floats. */
#define MAX_TAP 1e6f
#define MAX_GAIN 1e6f
#define MAX_WEIGHT 1e13f
#define MAX_LEVEL_DB 130.0f /* the near-field model's floor is -120 dB */
#define MAX_DELAY_S 0.2f

static bool is_within(float value, float low, float high)
{
    return value >= low && value <= high; /* false for what is not a number */
}

static bool is_whole_count(uint32_t count, uint32_t step, uint32_t low, uint32_t high)
{
    return count >= low && count <= high && count % step == 0;
}

static bool check_info(const pinna_hrtf_info* info)
{
    float most = MAX_DELAY_S * (float)info->sample_rate_hz;
    return info->sample_rate_hz >= 8000 && info->sample_rate_hz <= 192000 &&
           is_whole_count(info->tap_count, 16, 16, PINNA_HRTF_MAX_TAPS) &&
           is_whole_count(info->basis_count, 8, 8, PINNA_HRTF_MAX_BASIS) &&
           is_within(info->max_delay_frames, PINNA_HRTF_MIN_DELAY_FRAMES, most) && is_within(info->gain, -1e30f, 1e30f);
}

/* A closed surface of triangles has two fewer than twice its corners. */
static bool check_shell(const pinna_store_shell* shell)
{
    return is_within(shell->radius_m, 1e-3f, 1e6f) && shell->direction_count >= 4 &&
           shell->direction_count <= 2 * PINNA_HRTF_MAX_MEASUREMENTS &&
           shell->measured_count <= shell->direction_count && shell->triangle_count >= 4 &&
           shell->triangle_count <= 2 * shell->direction_count;
}

static bool check_nearfield(const pinna_nearfield* model)
{
    bool good = is_within(model->radius_m, 0.01f, 1.0f) && is_within(model->max_distance_m, 1e-3f, 1e6f);
    const float* levels = &model->levels_db[0][0][0];
    for (size_t i = 0; i < sizeof model->levels_db / sizeof *levels; i++)
        good = good && is_within(levels[i], -MAX_LEVEL_DB, MAX_LEVEL_DB);
    return good;
}

bool pinna_store_check_header(const pinna_store_header* h)
{
    if (h->entry_count > PINNA_REPORT_MAX || h->shell_count < 1 || h->shell_count > PINNA_BUILD_MAX_SHELLS ||
        h->reference_shell >= h->shell_count || !check_info(&h->info) || !check_nearfield(&h->nearfield))
        return false;
    for (uint32_t s = 0; s < h->shell_count; s++) {
        if (!check_shell(&h->shells[s])) return false;
        if (s > 0 && !(h->shells[s].radius_m > h->shells[s - 1].radius_m)) return false;
    }
    const pinna_store_shell* reference = &h->shells[h->reference_shell];
    return h->info.direction_count == reference->direction_count &&
           h->info.measured_count == reference->measured_count && h->info.radius_count == h->shell_count &&
           h->info.reference_radius_m == reference->radius_m;
}

/* No early way out: the loop runs over megabytes and should become vectors. */
static bool are_within(const float* values, size_t count, float most)
{
    uint32_t outside = 0;
    for (size_t i = 0; i < count; i++) outside |= (uint32_t)!(fabsf(values[i]) <= most);
    return !outside;
}

static bool check_triangles(const pinna_sphere* sphere, uint32_t direction_count)
{
    for (uint32_t t = 0; t < sphere->triangle_count; t++) {
        const pinna_triangle* triangle = &sphere->triangles[t];
        for (int i = 0; i < 3; i++)
            if (triangle->vertices[i] >= direction_count || triangle->neighbours[i] >= sphere->triangle_count)
                return false;
        if (!are_within(&triangle->to_weights[0][0], 9, MAX_WEIGHT)) return false;
    }
    for (size_t i = 0; i < PINNA_SPHERE_CELLS * PINNA_SPHERE_CELLS; i++)
        if (sphere->start[i] >= sphere->triangle_count) return false;
    return true;
}

static bool are_directions(const pinna_vec3* directions, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (!is_within(pinna_vec3_dot(directions[i], directions[i]), 0.999f, 1.001f)) return false;
    return true;
}

static bool are_texts(const pinna_report_entry* entries, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const pinna_report_entry* e = &entries[i];
        if ((unsigned)e->severity > PINNA_SEVERITY_WARNING || e->name[sizeof e->name - 1] ||
            e->text[sizeof e->text - 1])
            return false;
    }
    return true;
}

bool pinna_store_check_arrays(const pinna_store_header* h, const pinna_store_arrays* arrays)
{
    bool good = are_texts(arrays->entries, h->entry_count) &&
                are_within(arrays->basis, (size_t)h->info.basis_count * h->info.tap_count, MAX_TAP) &&
                are_within(&arrays->ears->taps[0][0][0], sizeof arrays->ears->taps / sizeof(float), MAX_TAP);
    for (uint32_t s = 0; s < h->shell_count && good; s++) {
        const pinna_shell* shell = &arrays->shells[s];
        size_t rows = (size_t)shell->direction_count * PINNA_EAR_COUNT;
        good = are_directions(shell->directions, shell->direction_count) &&
               are_within(shell->hrirs, rows * h->info.tap_count, MAX_TAP) &&
               are_within(shell->delays_frames, rows, h->info.max_delay_frames) &&
               are_within(shell->gains, rows * h->info.basis_count, MAX_GAIN) &&
               check_triangles(&shell->sphere, shell->direction_count);
    }
    return good;
}
