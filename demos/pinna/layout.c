/* SPDX-License-Identifier: MIT */
#include "layout.h"
#include "cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Every loudspeaker there is. In WAVEFORMATEXTENSIBLE's mask one bit may stand for different angles, by layout. */
enum speaker {
    M_PLUS_030, M_MINUS_030, M_000, LFE1, M_PLUS_110, M_MINUS_110, M_PLUS_090, M_MINUS_090, M_PLUS_135, M_MINUS_135,
    M_180, M_PLUS_022, M_MINUS_022, M_PLUS_060, M_MINUS_060, U_PLUS_030, U_MINUS_030, U_PLUS_045, U_MINUS_045,
    U_PLUS_090, U_MINUS_090, U_PLUS_110, U_MINUS_110, U_PLUS_135, U_MINUS_135, U_000, U_180, T_000, B_000, B_PLUS_045,
    B_MINUS_045, LFE2, M_PLUS_045, M_MINUS_045, M_PLUS_SC, M_MINUS_SC, UH_180, LFE, LFEL, LFER, SPEAKER_COUNT
};

static const pinna_loudspeaker speakers[SPEAKER_COUNT] = {
    [M_PLUS_030] = {"M+030", 30, 0, false},    [M_MINUS_030] = {"M-030", -30, 0, false},
    [M_000] = {"M+000", 0, 0, false},          [LFE1] = {"LFE1", 0, -30, true},
    [M_PLUS_110] = {"M+110", 110, 0, false},   [M_MINUS_110] = {"M-110", -110, 0, false},
    [M_PLUS_090] = {"M+090", 90, 0, false},    [M_MINUS_090] = {"M-090", -90, 0, false},
    [M_PLUS_135] = {"M+135", 135, 0, false},   [M_MINUS_135] = {"M-135", -135, 0, false},
    [M_180] = {"M+180", 180, 0, false},        [M_PLUS_022] = {"M+022", 22.5f, 0, false},
    [M_MINUS_022] = {"M-022", -22.5f, 0, false}, [M_PLUS_060] = {"M+060", 60, 0, false},
    [M_MINUS_060] = {"M-060", -60, 0, false},  [U_PLUS_030] = {"U+030", 30, 30, false},
    [U_MINUS_030] = {"U-030", -30, 30, false}, [U_PLUS_045] = {"U+045", 45, 30, false},
    [U_MINUS_045] = {"U-045", -45, 30, false}, [U_PLUS_090] = {"U+090", 90, 30, false},
    [U_MINUS_090] = {"U-090", -90, 30, false}, [U_PLUS_110] = {"U+110", 110, 30, false},
    [U_MINUS_110] = {"U-110", -110, 30, false}, [U_PLUS_135] = {"U+135", 135, 30, false},
    [U_MINUS_135] = {"U-135", -135, 30, false}, [U_000] = {"U+000", 0, 30, false},
    [U_180] = {"U+180", 180, 30, false},       [T_000] = {"T+000", 0, 90, false},
    [B_000] = {"B+000", 0, -30, false},        [B_PLUS_045] = {"B+045", 45, -30, false},
    [B_MINUS_045] = {"B-045", -45, -30, false}, [LFE2] = {"LFE2", 0, -30, true},
    [M_PLUS_045] = {"M+045", 45, 0, false},    [M_MINUS_045] = {"M-045", -45, 0, false},
    [M_PLUS_SC] = {"M+SC", 25, 0, false},      [M_MINUS_SC] = {"M-SC", -25, 0, false},
    [UH_180] = {"UH+180", 180, 45, false},     [LFE] = {"LFE", 0, -30, true},
    [LFEL] = {"LFEL", 45, -30, true},          [LFER] = {"LFER", -45, -30, true},
};

/* Dolby's names of bed channels. */
static const struct {
    const char* label;
    enum speaker speaker;
} room_centric[] = {
    {"RC_L", M_PLUS_030},    {"RC_R", M_MINUS_030},   {"RC_C", M_000},          {"RC_LFE", LFE1},
    {"RC_Ls", M_PLUS_110},   {"RC_Rs", M_MINUS_110},  {"RC_Lss", M_PLUS_090},   {"RC_Rss", M_MINUS_090},
    {"RC_Lrs", M_PLUS_135},  {"RC_Rrs", M_MINUS_135}, {"RC_Lts", U_PLUS_090},   {"RC_Rts", U_MINUS_090},
};

/* Bits of the mask, dwChannelMask. */
enum {
    FL = 0x1, FR = 0x2, FC = 0x4, LF = 0x8, BL = 0x10, BR = 0x20, FLC = 0x40, FRC = 0x80, BC = 0x100, SL = 0x200,
    SR = 0x400, TC = 0x800, TFL = 0x1000, TFC = 0x2000, TFR = 0x4000, TBL = 0x8000, TBC = 0x10000, TBR = 0x20000,
    MASK_BIT_COUNT = 18
};

/* Where a bit's loudspeaker stands when its layout is none of the table's. */
static const enum speaker usual_place[MASK_BIT_COUNT] = {
    M_PLUS_030, M_MINUS_030, M_000, LFE1, M_PLUS_135, M_MINUS_135, M_PLUS_022, M_MINUS_022, M_180, M_PLUS_090,
    M_MINUS_090, T_000, U_PLUS_045, U_000, U_MINUS_045, U_PLUS_135, U_180, U_MINUS_135,
};

typedef struct entry {
    enum speaker speaker;
    uint32_t bit; /* 0: the mask has none for it */
} entry;

/* In the order of BS.2051. */
static const struct {
    const char* name;
    uint32_t channel_count;
    entry channels[PINNA_LAYOUT_CHANNEL_MAX];
} layouts[] = {
    {"mono", 1, {{M_000, FC}}},
    {"stereo", 2, {{M_PLUS_030, FL}, {M_MINUS_030, FR}}},
    {"3.0", 3, {{M_PLUS_030, FL}, {M_MINUS_030, FR}, {M_000, FC}}},
    {"quad", 4, {{M_PLUS_030, FL}, {M_MINUS_030, FR}, {M_PLUS_110, BL}, {M_MINUS_110, BR}}},
    {"5.0", 5, {{M_PLUS_030, FL}, {M_MINUS_030, FR}, {M_000, FC}, {M_PLUS_110, BL}, {M_MINUS_110, BR}}},
    {"5.1", 6, {{M_PLUS_030, FL}, {M_MINUS_030, FR}, {M_000, FC}, {LFE1, LF}, {M_PLUS_110, BL}, {M_MINUS_110, BR}}},
    {"5.1.2", 8, {{M_PLUS_030, FL}, {M_MINUS_030, FR}, {M_000, FC}, {LFE1, LF}, {M_PLUS_110, BL}, {M_MINUS_110, BR},
                  {U_PLUS_030, TFL}, {U_MINUS_030, TFR}}},
    {"5.1.4", 10, {{M_PLUS_030, FL}, {M_MINUS_030, FR}, {M_000, FC}, {LFE1, LF}, {M_PLUS_110, BL}, {M_MINUS_110, BR},
                   {U_PLUS_030, TFL}, {U_MINUS_030, TFR}, {U_PLUS_110, TBL}, {U_MINUS_110, TBR}}},
    {"7.1", 8, {{M_PLUS_030, FL}, {M_MINUS_030, FR}, {M_000, FC}, {LFE1, LF}, {M_PLUS_090, SL}, {M_MINUS_090, SR},
                {M_PLUS_135, BL}, {M_MINUS_135, BR}}},
    {"7.1.2", 10, {{M_PLUS_030, FL}, {M_MINUS_030, FR}, {M_000, FC}, {LFE1, LF}, {M_PLUS_090, SL}, {M_MINUS_090, SR},
                   {M_PLUS_135, BL}, {M_MINUS_135, BR}, {U_PLUS_090, TFL}, {U_MINUS_090, TFR}}},
    {"7.1.4", 12, {{M_PLUS_030, FL}, {M_MINUS_030, FR}, {M_000, FC}, {LFE1, LF}, {M_PLUS_090, SL}, {M_MINUS_090, SR},
                   {M_PLUS_135, BL}, {M_MINUS_135, BR}, {U_PLUS_045, TFL}, {U_MINUS_045, TFR}, {U_PLUS_135, TBL},
                   {U_MINUS_135, TBR}}},
    {"9.1.6", 16, {{M_PLUS_030, 0}, {M_000, 0}, {M_MINUS_030, 0}, {M_PLUS_060, 0}, {M_MINUS_060, 0}, {M_PLUS_090, 0},
                   {M_MINUS_090, 0}, {M_PLUS_135, 0}, {M_MINUS_135, 0}, {U_PLUS_045, 0}, {U_MINUS_045, 0},
                   {U_PLUS_090, 0}, {U_MINUS_090, 0}, {U_PLUS_135, 0}, {U_MINUS_135, 0}, {LFE1, 0}}},
    {"22.2", 24, {{M_PLUS_060, 0}, {M_MINUS_060, 0}, {M_000, 0}, {LFE1, 0}, {M_PLUS_135, 0}, {M_MINUS_135, 0},
                  {M_PLUS_030, 0}, {M_MINUS_030, 0}, {M_180, 0}, {LFE2, 0}, {M_PLUS_090, 0}, {M_MINUS_090, 0},
                  {U_PLUS_045, 0}, {U_MINUS_045, 0}, {U_000, 0}, {T_000, 0}, {U_PLUS_135, 0}, {U_MINUS_135, 0},
                  {U_PLUS_090, 0}, {U_MINUS_090, 0}, {U_180, 0}, {B_000, 0}, {B_PLUS_045, 0}, {B_MINUS_045, 0}}},
};

enum { LAYOUT_COUNT = sizeof layouts / sizeof layouts[0] };

const char* const pinna_layout_names[] = {"direct", "mono",  "stereo", "3.0",   "quad",  "5.0",   "5.1", "5.1.2",
                                          "5.1.4",  "7.1",   "7.1.2",  "7.1.4", "9.1.6", "22.2", "ambix", NULL};

const char* const pinna_layout_order_names[] = {[PINNA_ORDER_AUTO] = "auto", [PINNA_ORDER_ITU] = "itu",
                                                [PINNA_ORDER_WAV] = "wav", NULL};

static pinna_status PINNA_PRINTF(3, 4) refuse(pinna_report* report, pinna_status status, const char* format, ...)
{
    char text[400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    pinna_report_add(report, PINNA_SEVERITY_ERROR, "layout", "%s", text);
    return status;
}

static uint32_t bit_count(uint32_t mask)
{
    uint32_t count = 0;
    for (; mask; mask &= mask - 1)
        count++;
    return count;
}

/* Surrounds without backs are the same loudspeakers whether a mask calls them sides or backs. */
static uint32_t same_bits(uint32_t mask)
{
    bool sides_only = (mask & (SL | SR)) && !(mask & (BL | BR));
    if (!sides_only) return mask;
    uint32_t sides = mask & (SL | SR);
    return (mask ^ sides) | (sides & SL ? BL : 0) | (sides & SR ? BR : 0);
}

static uint32_t mask_of(size_t layout)
{
    uint32_t mask = 0;
    for (uint32_t i = 0; i < layouts[layout].channel_count; i++)
        mask |= layouts[layout].channels[i].bit;
    return bit_count(mask) == layouts[layout].channel_count ? mask : 0;
}

static void list_itu(size_t layout, pinna_layout* out)
{
    for (uint32_t i = 0; i < layouts[layout].channel_count; i++)
        out->channels[i] = speakers[layouts[layout].channels[i].speaker];
}

static void list_wav(size_t layout, pinna_layout* out)
{
    uint32_t count = 0;
    for (uint32_t bit = 1; bit < 1u << MASK_BIT_COUNT; bit <<= 1)
        for (uint32_t i = 0; i < layouts[layout].channel_count; i++)
            if (layouts[layout].channels[i].bit == bit)
                out->channels[count++] = speakers[layouts[layout].channels[i].speaker];
}

static bool orders_differ(size_t layout)
{
    uint32_t last = 0;
    for (uint32_t i = 0; i < layouts[layout].channel_count; i++) {
        uint32_t bit = layouts[layout].channels[i].bit;
        if (bit < last) return mask_of(layout) != 0;
        last = bit;
    }
    return false;
}

static void list_channels(size_t layout, pinna_channel_order order, const pinna_layout_file* file, pinna_layout* out)
{
    bool told = file->wav_order || file->channel_mask;
    bool wav = mask_of(layout) && (order == PINNA_ORDER_WAV || (order == PINNA_ORDER_AUTO && told));
    *out = (pinna_layout){.name = layouts[layout].name, .channel_count = layouts[layout].channel_count};
    out->order_assumed = order == PINNA_ORDER_AUTO && !told && orders_differ(layout);
    if (wav)
        list_wav(layout, out);
    else
        list_itu(layout, out);
}

/* A mask that is none of the table's: each loudspeaker where it usually stands. */
static pinna_status list_mask(const pinna_layout_file* file, pinna_report* report, pinna_layout* out)
{
    *out = (pinna_layout){.name = "as its mask says"};
    if (file->channel_mask >> MASK_BIT_COUNT || bit_count(file->channel_mask) != file->channel_count)
        return refuse(report, PINNA_ERROR_DATA,
                      "%s: its channel mask (0x%x) does not fit its %u channels; say what they are with --layout",
                      file->path, file->channel_mask, file->channel_count);
    for (uint32_t bit = 0; bit < MASK_BIT_COUNT; bit++)
        if (file->channel_mask >> bit & 1) out->channels[out->channel_count++] = speakers[usual_place[bit]];
    return PINNA_OK;
}

static pinna_status find_by_mask(pinna_channel_order order, const pinna_layout_file* file, pinna_report* report,
                                 pinna_layout* out)
{
    uint32_t mask = same_bits(file->channel_mask);
    for (size_t i = 0; i < LAYOUT_COUNT; i++) {
        bool by_mask = mask && mask_of(i) == mask && layouts[i].channel_count == file->channel_count;
        bool by_count = !mask && file->channel_count <= 2 && layouts[i].channel_count == file->channel_count;
        if (!by_mask && !by_count) continue;
        list_channels(i, order, file, out);
        return PINNA_OK;
    }
    if (mask) return list_mask(file, report, out);
    return refuse(report, PINNA_ERROR_DATA,
                  "%s: has %u channels and no channel mask; say what they are with --layout (5.1, 7.1, 7.1.4..., "
                  "or ambix), or take one with --channel",
                  file->path, file->channel_count);
}

static void describe(size_t layout, char* text, size_t capacity)
{
    size_t used = 0;
    text[0] = '\0';
    for (uint32_t i = 0; i < layouts[layout].channel_count && used < capacity; i++)
        used +=
            (size_t)snprintf(text + used, capacity - used, " %s", speakers[layouts[layout].channels[i].speaker].label);
}

static pinna_status find_direct(const pinna_layout_file* file, pinna_report* report, pinna_layout* out)
{
    *out = (pinna_layout){.name = "direct", .direct = true, .channel_count = 2};
    out->channels[0] = speakers[M_PLUS_090];
    out->channels[1] = speakers[M_MINUS_090];
    if (file->channel_count == 2) return PINNA_OK;
    return refuse(report, PINNA_ERROR_DATA, "%s: has %u channel(s); direct needs 2, left and right", file->path,
                  file->channel_count);
}

static pinna_status find_by_name(const char* name, pinna_channel_order order, const pinna_layout_file* file,
                                 pinna_report* report, pinna_layout* out)
{
    char text[256];
    for (size_t i = 0; i < LAYOUT_COUNT; i++) {
        if (strcmp(layouts[i].name, name)) continue;
        list_channels(i, order, file, out);
        describe(i, text, sizeof text);
        if (file->channel_count != layouts[i].channel_count)
            return refuse(report, PINNA_ERROR_DATA, "%s: has %u channel(s); %s needs %u:%s", file->path,
                          file->channel_count, name, layouts[i].channel_count, text);
        bool fits = !file->channel_mask || !mask_of(i) || same_bits(file->channel_mask) == mask_of(i);
        if (!fits && order == PINNA_ORDER_AUTO)
            return refuse(report, PINNA_ERROR_DATA,
                          "%s: its channel mask (0x%x) names other loudspeakers than %s has; leave --layout out to "
                          "follow the mask, or give --channel-order to overrule it",
                          file->path, file->channel_mask, name);
        return PINNA_OK;
    }
    const char* closest = pinna_cli_closest(name, pinna_layout_names);
    return refuse(report, PINNA_ERROR_ARGUMENT, "there is no layout '%s'%s%s%s", name,
                  closest ? "; did you mean '"
                          : "; there are direct, stereo, 5.1, 5.1.4, 7.1, 7.1.4, 9.1.6, 22.2, ambix...",
                  closest ? closest : "", closest ? "'?" : "");
}

pinna_status pinna_layout_of_file(const char* name, pinna_channel_order order, const pinna_layout_file* file,
                                  pinna_report* report, pinna_layout* out)
{
    pinna_status status;
    if (!name)
        status = find_by_mask(order, file, report, out);
    else if (!strcmp(name, "direct"))
        status = find_direct(file, report, out);
    else
        status = find_by_name(name, order, file, report, out);
    if (!status && out->order_assumed)
        pinna_report_add(
            report, PINNA_SEVERITY_NOTE, "channel-order",
            "%s: nothing in it tells the order of its channels; sides before backs is assumed, as in ITU-R "
            "BS.2051 (--channel-order wav: backs before sides)",
            file->path);
    return status;
}

const pinna_loudspeaker* pinna_layout_find_loudspeaker(const char* label)
{
    const char* bare = strrchr(label, ':');
    bare = bare ? bare + 1 : label;
    for (size_t i = 0; i < SPEAKER_COUNT; i++)
        if (!strcmp(speakers[i].label, bare)) return &speakers[i];
    for (size_t i = 0; i < sizeof room_centric / sizeof room_centric[0]; i++)
        if (!strcmp(room_centric[i].label, bare)) return &speakers[room_centric[i].speaker];
    return NULL;
}
