/* SPDX-License-Identifier: MIT */
#include "adm_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { HIGHEST_IMPORTANCE = 10 };

void pinna_adm_copy_text(char* out, size_t capacity, const char* text)
{
    size_t length = strlen(text);
    if (length >= capacity) {
        length = capacity - 1;
        while (length && ((unsigned char)text[length] & 0xC0) == 0x80) length--;
    }
    memcpy(out, text, length);
    out[length] = '\0';
}

static bool grow_elements(pinna_adm_model* model)
{
    size_t capacity = model->capacity ? 2 * model->capacity : 512;
    if (model->count < model->capacity) return true;
    if (model->count >= PINNA_ADM_ELEMENT_MAX) return false;
    pinna_adm_element* elements = realloc(model->elements, capacity * sizeof *elements);
    if (!elements) return false;
    model->elements = elements;
    model->capacity = capacity;
    return true;
}

/* The type that stands in an id: AC_yyyyxxxx, AP_yyyyxxxx. */
static pinna_adm_type type_of_id(const char* id)
{
    unsigned type = 0;
    bool typed = !strncasecmp(id, "AC_", 3) || !strncasecmp(id, "AP_", 3);
    if (!typed || sscanf(id + 3, "%4x", &type) != 1 || type >= PINNA_ADM_TYPE_COUNT) return PINNA_ADM_UNTYPED;
    return (pinna_adm_type)type;
}

pinna_adm_element* pinna_adm_model_add(pinna_adm_model* model, pinna_adm_kind kind, const char* id)
{
    if (!grow_elements(model)) return NULL;
    pinna_adm_element* element = &model->elements[model->count++];
    *element = (pinna_adm_element){.kind = kind, .gain = 1, .end = UINT64_MAX, .importance = HIGHEST_IMPORTANCE};
    pinna_adm_copy_text(element->id, sizeof element->id, id);
    element->type = type_of_id(id);
    return element;
}

bool pinna_adm_model_refer(pinna_adm_model* model, pinna_adm_element* element, const char* id, bool complementary)
{
    if (model->reference_total >= PINNA_ADM_REFERENCE_MAX) return false;
    if (element->reference_count == element->reference_capacity) {
        size_t capacity = element->reference_capacity ? 2 * element->reference_capacity : 2;
        pinna_adm_reference* references = realloc(element->references, capacity * sizeof *references);
        if (!references) return false;
        element->references = references;
        element->reference_capacity = capacity;
    }
    pinna_adm_reference* reference = &element->references[element->reference_count++];
    pinna_adm_copy_text(reference->id, sizeof reference->id, id);
    reference->complementary = complementary;
    model->reference_total++;
    return true;
}

/* --- blocks ------------------------------------------------------------------------------------------------------- */

static void cut_ramp(pinna_adm_model* model, pinna_automation_block* block)
{
    uint64_t length = block->end - block->start;
    if (block->ramp_frames <= length) return;
    block->ramp_frames = (uint32_t)length;
    model->ignored[PINNA_ADM_LONG_RAMP]++;
}

/* Times are written with few decimals, so neighbours may miss each other by a frame; those that overlap end where the
   next one begins. */
static void join(pinna_automation_block* before, uint64_t start)
{
    bool touches = before->end + 1 >= start || before->end == UINT64_MAX;
    if (!touches) return;
    before->end = start;
    uint64_t length = before->end - before->start;
    if (before->ramp_frames > length) before->ramp_frames = (uint32_t)length;
}

static bool grow_blocks(pinna_adm_element* channel)
{
    size_t capacity = channel->block_capacity ? channel->block_capacity + channel->block_capacity / 2 + 1 : 1;
    if (channel->block_count < channel->block_capacity) return true;
    pinna_automation_block* blocks = realloc(channel->blocks, capacity * sizeof *blocks);
    if (!blocks) return false;
    channel->blocks = blocks;
    channel->block_capacity = capacity;
    return true;
}

bool pinna_adm_model_add_block(pinna_adm_model* model, pinna_adm_element* channel, const pinna_automation_block* block)
{
    pinna_automation_block* before = channel->block_count ? &channel->blocks[channel->block_count - 1] : NULL;
    if (before && block->start < before->start) {
        model->ignored[PINNA_ADM_BLOCK_ORDER]++;
        return true;
    }
    if (model->block_total >= PINNA_ADM_BLOCK_MAX || !grow_blocks(channel)) return false;
    pinna_automation_block* added = &channel->blocks[channel->block_count];
    if (channel->block_count++) join(added - 1, block->start);
    *added = *block;
    cut_ramp(model, added);
    model->block_total++;
    return true;
}

/* --- finding ------------------------------------------------------------------------------------------------------ */

static int by_id(const void* a, const void* b, void* model)
{
    const pinna_adm_element* elements = ((const pinna_adm_model*)model)->elements;
    size_t i = *(const size_t*)a, k = *(const size_t*)b;
    int order = strcasecmp(elements[i].id, elements[k].id);
    return order ? order : (i > k) - (i < k);
}

bool pinna_adm_model_sort(pinna_adm_model* model)
{
    free(model->sorted);
    model->sorted = malloc((model->count + 1) * sizeof *model->sorted);
    for (size_t i = 0; model->sorted && i < model->count; i++)
        model->sorted[i] = i;
    if (model->sorted) qsort_r(model->sorted, model->count, sizeof *model->sorted, by_id, model);
    return model->sorted != NULL;
}

pinna_adm_element* pinna_adm_model_find(const pinna_adm_model* model, const char* id)
{
    size_t low = 0, high = model->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcasecmp(model->elements[model->sorted[middle]].id, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == model->count) return NULL;
    pinna_adm_element* element = &model->elements[model->sorted[low]];
    return strcasecmp(element->id, id) ? NULL : element;
}

const char* pinna_adm_model_reference(const pinna_adm_element* element, const char* prefix)
{
    for (size_t i = 0; i < element->reference_count; i++)
        if (!strncasecmp(element->references[i].id, prefix, strlen(prefix))) return element->references[i].id;
    return NULL;
}

void pinna_adm_model_release(pinna_adm_model* model)
{
    for (size_t i = 0; i < model->count; i++) {
        free(model->elements[i].references);
        free(model->elements[i].blocks);
    }
    free(model->elements);
    free(model->sorted);
    *model = (pinna_adm_model){0};
}
