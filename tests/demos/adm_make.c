/* SPDX-License-Identifier: MIT */
#include "adm_make.h"

#include <string.h>

typedef struct writer {
    unsigned char* out;
    size_t used, capacity;
    bool full;
} writer;

static void put_bytes(writer* w, const void* bytes, size_t count)
{
    w->full |= count > w->capacity - w->used;
    if (w->full) return;
    memcpy(w->out + w->used, bytes, count);
    w->used += count;
}

static void put(writer* w, uint64_t value, int byte_count)
{
    unsigned char bytes[8];
    for (int i = 0; i < byte_count; i++) bytes[i] = (unsigned char)(value >> 8 * i & 0xFF);
    put_bytes(w, bytes, (size_t)byte_count);
}

static void put_chunk(writer* w, const char* id, size_t size)
{
    put_bytes(w, id, 4);
    put(w, size, 4);
}

static void pad(writer* w)
{
    if (w->used % 2) put(w, 0, 1);
}

static void put_field(writer* w, const char* text, size_t size)
{
    char field[16] = "";
    strncpy(field, text ? text : "", sizeof field - 1);
    put_bytes(w, field, size);
}

static void put_format(writer* w, const adm_make_config* c)
{
    unsigned frame_bytes = c->channel_count * 4;
    put_chunk(w, "fmt ", 16);
    put(w, 3, 2);
    put(w, c->channel_count, 2);
    put(w, c->sample_rate_hz, 4);
    put(w, (uint64_t)c->sample_rate_hz * frame_bytes, 4);
    put(w, frame_bytes, 2);
    put(w, 32, 2);
}

static void put_chna(writer* w, const adm_make_config* c)
{
    put_chunk(w, "chna", 4 + 40 * c->row_count);
    put(w, c->channel_count, 2);
    put(w, c->row_count, 2);
    for (size_t i = 0; i < c->row_count; i++) {
        put(w, c->rows[i].track, 2);
        put_field(w, c->rows[i].uid, 12);
        put_field(w, c->rows[i].format, 14);
        put_field(w, c->rows[i].pack, 11);
        put(w, 0, 1);
    }
}

static void put_data(writer* w, const adm_make_config* c)
{
    size_t size = c->frame_count * c->channel_count * 4;
    put_chunk(w, "data", size);
    put_bytes(w, c->samples, size);
}

static void put_model(writer* w, const adm_make_config* c)
{
    if (c->row_count) put_chna(w, c);
    if (c->axml) {
        put_chunk(w, "axml", strlen(c->axml));
        put_bytes(w, c->axml, strlen(c->axml));
        pad(w);
    }
    if (c->dbmd) {
        put_chunk(w, "dbmd", c->dbmd_size);
        put_bytes(w, c->dbmd, c->dbmd_size);
        pad(w);
    }
}

size_t adm_make(const adm_make_config* c, unsigned char* out, size_t capacity)
{
    writer w = {out, 0, capacity, false};
    put_chunk(&w, c->riff, 0);
    put_bytes(&w, "WAVE", 4);
    if (strcmp(c->riff, "RIFF")) {
        put_chunk(&w, "ds64", 28);
        put(&w, 0, 8);
        put(&w, c->frame_count * c->channel_count * 4, 8);
        put(&w, c->frame_count, 8);
        put(&w, 0, 4);
    }
    put_format(&w, c);
    if (c->data_first) put_data(&w, c);
    put_model(&w, c);
    if (!c->data_first) put_data(&w, c);
    if (w.full) return 0;
    writer size = {out + 4, 0, 4, false};
    put(&size, w.used - 8, 4);
    return w.used;
}

size_t adm_make_dbmd(const unsigned char* modes, unsigned count, unsigned char* out)
{
    size_t payload = 7 + 9 * 15 + 2 * (size_t)count;
    writer w = {out, 0, 4096, false};
    put(&w, 0x01000007, 4);
    put(&w, 10, 1);
    put(&w, payload, 2);
    size_t first = w.used;
    put(&w, 0xF8726FBD, 4);
    put(&w, count, 2);
    for (size_t i = 0; i < 1 + 9 * 15 + (size_t)count; i++) put(&w, 0, 1);
    put_bytes(&w, modes, count);
    unsigned sum = (unsigned)payload;
    for (size_t i = first; i < w.used; i++) sum += out[i];
    put(&w, (0u - sum) & 0xFF, 1);
    put(&w, 0, 1);
    return w.used;
}
