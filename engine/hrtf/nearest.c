/* SPDX-License-Identifier: MIT */
#include "hrtf/nearest.h"

#include <stdlib.h>

static float coordinate(pinna_vec3 v, int axis)
{
    return axis == 0 ? v.x : axis == 1 ? v.y : v.z;
}

static double spread(const pinna_vec3* directions, uint32_t count, int axis)
{
    double sum = 0.0, squares = 0.0;
    for (uint32_t i = 0; i < count; i++) {
        double c = coordinate(directions[i], axis);
        sum += c;
        squares += c * c;
    }
    return squares - sum * sum / (count ? count : 1);
}

typedef struct entry {
    float key;
    uint32_t index;
} entry;

static int compare_entries(const void* a, const void* b)
{
    const entry *x = a, *y = b;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

bool pinna_nearest_init(pinna_nearest* nearest, pinna_pool* pool, const pinna_vec3* directions, uint32_t count)
{
    *nearest = (pinna_nearest){.count = count};
    entry* entries = pinna_pool_take(pool, count, sizeof *entries);
    nearest->indices = pinna_pool_take(pool, count, sizeof *nearest->indices);
    nearest->sorted = pinna_pool_take(pool, count, sizeof *nearest->sorted);
    if (!entries || !nearest->indices || !nearest->sorted) return false;
    for (int axis = 1; axis < 3; axis++)
        if (spread(directions, count, axis) > spread(directions, count, nearest->axis)) nearest->axis = axis;
    for (uint32_t i = 0; i < count; i++) entries[i] = (entry){coordinate(directions[i], nearest->axis), i};
    qsort(entries, count, sizeof *entries, compare_entries);
    for (uint32_t i = 0; i < count; i++) {
        nearest->indices[i] = entries[i].index;
        nearest->sorted[i] = directions[entries[i].index];
    }
    return true;
}

/* First place in the sorted order that is not below a key. */
static uint32_t lower_bound(const pinna_nearest* nearest, float key)
{
    uint32_t low = 0, high = nearest->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (coordinate(nearest->sorted[middle], nearest->axis) < key) low = middle + 1;
        else high = middle;
    }
    return low;
}

typedef struct ranking {
    uint32_t count, wanted;
    uint32_t* found;
    float squared[PINNA_NEAREST_MAX]; /* distances, ascending */
} ranking;

static void rank(ranking* r, uint32_t index, float squared)
{
    uint32_t place = r->count < r->wanted ? r->count++ : r->wanted - 1;
    for (; place > 0 && (squared < r->squared[place - 1] ||
                         (squared == r->squared[place - 1] && index < r->found[place - 1])); place--) {
        r->squared[place] = r->squared[place - 1];
        r->found[place] = r->found[place - 1];
    }
    r->squared[place] = squared;
    r->found[place] = index;
}

/* Considers one place of the order; false where it and all beyond it are too far along the axis alone. */
static bool consider(const pinna_nearest* nearest, ranking* r, uint32_t place, pinna_vec3 d, uint32_t skip)
{
    pinna_vec3 v = nearest->sorted[place];
    float along = coordinate(v, nearest->axis) - coordinate(d, nearest->axis);
    bool full = r->count == r->wanted;
    if (full && along * along > r->squared[r->wanted - 1]) return false;
    float x = v.x - d.x, y = v.y - d.y, z = v.z - d.z, squared = x * x + y * y + z * z;
    uint32_t index = nearest->indices[place];
    if (index == skip) return true;
    if (!full || squared < r->squared[r->wanted - 1] ||
        (squared == r->squared[r->wanted - 1] && index < r->found[r->wanted - 1]))
        rank(r, index, squared);
    return true;
}

uint32_t pinna_nearest_find(const pinna_nearest* nearest, pinna_vec3 direction, uint32_t skip, uint32_t* found,
                            uint32_t wanted)
{
    ranking r = {.wanted = wanted < PINNA_NEAREST_MAX ? wanted : PINNA_NEAREST_MAX, .found = found};
    uint32_t up = lower_bound(nearest, coordinate(direction, nearest->axis)), down = up;
    bool rising = up < nearest->count, falling = down > 0;
    while (rising || falling) {
        if (rising) rising = consider(nearest, &r, up, direction, skip) && ++up < nearest->count;
        if (falling) falling = consider(nearest, &r, down - 1, direction, skip) && --down > 0;
    }
    return r.count;
}
