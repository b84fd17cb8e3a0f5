/* SPDX-License-Identifier: MIT */
#include "field.h"

#include <stdlib.h>
#include <string.h>

/* A decoder looks for a new orientation each STEP frames and glides a quarter of the way to it within the step. So what
   it is told is where the head will be four steps later: a head that turns evenly is then followed without a lag. */
enum { STEP = 64, LEAD = 4 * STEP };

typedef struct field {
    pinna_ambisonics* decoder;
    uint32_t channel_count;
    bool head_locked;
    float* samples;         /* [channel][frame_count] */
    const float** channels; /* [channel], NULL where nothing sounds */
} field;

struct pinna_fields {
    size_t field_count;
    uint32_t frame_count;
    pinna_fields_head head;
    void* user;
    bool begun;
    float* ears[PINNA_EAR_COUNT]; /* [STEP] */
    field* fields;
};

static pinna_status create_field(const pinna_scene_field* config, const pinna_hrtf* hrtf, uint32_t frame_count,
                                 field* f)
{
    pinna_ambisonics_config decoder = pinna_ambisonics_config_default();
    decoder.hrtf = hrtf;
    decoder.order = config->order;
    decoder.format = config->format;
    decoder.max_re = config->max_re;
    f->head_locked = config->head_locked;
    f->channel_count = pinna_ambisonics_channel_count(config->order);
    f->samples = calloc(f->channel_count, frame_count * sizeof *f->samples);
    f->channels = calloc(f->channel_count, sizeof *f->channels);
    return f->samples && f->channels ? pinna_ambisonics_create(&decoder, &f->decoder) : PINNA_ERROR_MEMORY;
}

pinna_status pinna_fields_create(const pinna_scene* scene, const pinna_hrtf* hrtf, uint32_t frame_count,
                                 pinna_fields_head head, void* user, pinna_fields** out)
{
    pinna_fields* fields = *out = calloc(1, sizeof *fields);
    if (!fields) return PINNA_ERROR_MEMORY;
    fields->field_count = scene->field_count;
    fields->frame_count = frame_count;
    fields->head = head;
    fields->user = user;
    fields->fields = calloc(scene->field_count, sizeof *fields->fields);
    pinna_status status = fields->fields ? PINNA_OK : PINNA_ERROR_MEMORY;
    for (int ear = 0; ear < PINNA_EAR_COUNT && !status; ear++)
        if (!(fields->ears[ear] = calloc(STEP, sizeof(float)))) status = PINNA_ERROR_MEMORY;
    for (size_t i = 0; i < scene->field_count && !status; i++)
        status = create_field(&scene->fields[i], hrtf, frame_count, &fields->fields[i]);
    if (!status) return PINNA_OK;
    pinna_fields_destroy(fields);
    *out = NULL;
    return status;
}

void pinna_fields_add(pinna_fields* fields, const pinna_scene_source* source, const float* samples)
{
    field* f = &fields->fields[source->field];
    float* sum = f->samples + (size_t)source->field_channel * fields->frame_count;
    if (!samples || source->field_channel >= f->channel_count) return;
    if (!f->channels[source->field_channel]) memset(sum, 0, fields->frame_count * sizeof *sum);
    f->channels[source->field_channel] = sum;
    for (uint32_t n = 0; n < fields->frame_count; n++)
        sum[n] += samples[n];
}

/* Frames that lie within one of the decoder's steps. */
static void process_step(pinna_fields* fields, field* f, uint32_t first, uint32_t count, float* left, float* right)
{
    const float* channels[PINNA_AMBISONICS_MAX_CHANNELS];
    for (uint32_t c = 0; c < f->channel_count; c++)
        channels[c] = f->channels[c] ? f->channels[c] + first : NULL;
    pinna_ambisonics_process(f->decoder, channels, fields->ears[PINNA_LEFT], fields->ears[PINNA_RIGHT], count);
    for (uint32_t n = 0; n < count; n++) {
        left[first + n] += fields->ears[PINNA_LEFT][n];
        right[first + n] += fields->ears[PINNA_RIGHT][n];
    }
}

/* The head's orientations are unit quaternions by their making: a decoder cannot refuse them. */
static void turn(pinna_fields* fields, uint64_t frame)
{
    pinna_quat head = fields->head(fields->user, fields->begun ? frame + LEAD : frame);
    for (size_t i = 0; i < fields->field_count; i++)
        if (!fields->fields[i].head_locked) (void)pinna_ambisonics_set_orientation(fields->fields[i].decoder, head);
    fields->begun = true;
}

void pinna_fields_process(pinna_fields* fields, uint64_t frame, float* left, float* right)
{
    for (uint32_t first = 0; first < fields->frame_count; first += STEP) {
        uint32_t rest = fields->frame_count - first;
        if (fields->head) turn(fields, frame + first);
        for (size_t i = 0; i < fields->field_count; i++)
            process_step(fields, &fields->fields[i], first, rest < STEP ? rest : STEP, left, right);
    }
    for (size_t i = 0; i < fields->field_count; i++)
        memset(fields->fields[i].channels, 0, fields->fields[i].channel_count * sizeof(float*));
}

void pinna_fields_destroy(pinna_fields* fields)
{
    if (!fields) return;
    for (size_t i = 0; fields->fields && i < fields->field_count; i++) {
        pinna_ambisonics_destroy(fields->fields[i].decoder);
        free(fields->fields[i].samples);
        free(fields->fields[i].channels);
    }
    free(fields->fields);
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++)
        free(fields->ears[ear]);
    free(fields);
}
