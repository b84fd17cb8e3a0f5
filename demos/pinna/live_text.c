/* SPDX-License-Identifier: MIT */
#include "live_text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "live_map.h"

enum { INK_TEXT, INK_SOFT, INK_FAINT, INK_ACCENT, INK_GOOD, INK_WARN, INK_SOURCE };
enum { MARGIN = 2, INDENT = 2, SOURCE_INKS = 10 };

/* Where things are: the map to the left, all else to the right of it, keys below. */
typedef struct layout {
    bool roomy;         /* lines may be left empty */
    int top, keys_row;  /* of map and lists; of the keys */
    int map_columns, map_rows;
    int right, bar;     /* first column of the lists; width of their bars */
} layout;

static void put(pinna_text_screen* s, int row, int column, const char* text, uint8_t ink, bool bold)
{
    if (row < 0 || row >= s->rows) return;
    while (*text && column < s->columns) {
        size_t length = 1;
        while (((unsigned char)text[length] & 0xC0) == 0x80 && length < 4)
            length++;
        if (column >= 0) {
            pinna_text_cell* cell = &s->cells[row][column];
            memcpy(cell->glyph, text, length);
            cell->glyph[length] = '\0';
            cell->ink = ink;
            cell->bold = bold;
        }
        text += length;
        column++;
    }
}

static void PINNA_PRINTF(5, 6) print(pinna_text_screen* s, int row, int column, uint8_t ink, const char* format, ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    put(s, row, column, text, ink, false);
}

static void put_bar(pinna_text_screen* s, int row, int column, int width, double share, uint8_t ink)
{
    static const char* const parts[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    if (width <= 0) return;
    int eighths = (int)lround(fmin(fmax(share, 0), 1) * width * 8);
    for (int i = 0; i < width; i++)
        put(s, row, column + i, eighths >= 8 * (i + 1) ? "█" : "·", eighths >= 8 * (i + 1) ? ink : INK_FAINT, false);
    if (eighths % 8) put(s, row, column + eighths / 8, parts[eighths % 8], ink, false);
}

static uint8_t ink_of_source(size_t source)
{
    return (uint8_t)(INK_SOURCE + source % SOURCE_INKS);
}

static void letter_of_source(size_t source, char text[2])
{
    text[0] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"[source % 52];
    text[1] = '\0';
}

/* Columns are half as wide as rows are high. */
static void map_cell(const layout* l, double right, double up, int* row, int* column)
{
    *column = MARGIN + l->map_columns / 2 + (int)lround(right * (l->map_columns / 2));
    *row = l->top + l->map_rows / 2 - (int)lround(up * (l->map_rows / 2));
}

/* Nothing is to be read as minus nothing. */
static double whole(double degrees)
{
    return round(degrees) + 0.0;
}

static double shortened(double distance_m, double reach_m)
{
    return log1p(distance_m / 0.6) / log1p(reach_m / 0.6);
}

static void draw_rings(pinna_text_screen* s, const layout* l, double reach_m)
{
    static const double rings_m[] = {1, 2, 5, 10, 20, 50, 100};
    double last = 0.1;
    for (size_t i = 0; i < sizeof rings_m / sizeof rings_m[0] && rings_m[i] < reach_m; i++) {
        double r = shortened(rings_m[i], reach_m);
        int row, column;
        if (r - last < 0.24) continue;
        last = r;
        for (int degree = 0; degree < 360; degree += 6) {
            map_cell(l, r * sin(degree * 0.017453), r * cos(degree * 0.017453), &row, &column);
            put(s, row, column, "·", INK_FAINT, false);
        }
        map_cell(l, r * 0.72, -r * 0.72, &row, &column);
        print(s, row, column, INK_FAINT, "%g m", rings_m[i]);
    }
}

static void draw_head(pinna_text_screen* s, const layout* l, pinna_quat head)
{
    static const char* const noses[] = {"↑", "↖", "←", "↙", "↓", "↘", "→", "↗"};
    float yaw, pitch, roll;
    int row, column;
    pinna_quat_to_yaw_pitch_roll(head, &yaw, &pitch, &roll);
    double angle = (double)yaw * 0.0174533;
    map_cell(l, 0, 0, &row, &column);
    put(s, row, column - 1, "(●)", INK_TEXT, true);
    int step_column = (int)lround(-sin(angle) * 3), step_row = (int)lround(-cos(angle) * 1.4);
    put(s, row + step_row, column + step_column, noses[(int)lround((double)yaw / 45 + 16) % 8], INK_ACCENT, true);
}

static void draw_map(pinna_text_screen* s, const layout* l, const pinna_live_session_view* view)
{
    const pinna_scene* scene = pinna_live_player_scene(view->player);
    double reach_m = pinna_live_map_reach_m(view->player), now_s = pinna_live_player_time_s(view->player);
    draw_rings(s, l, reach_m);
    for (size_t i = scene->source_count; i-- > 0 && !view->range;) {
        char letter[2];
        int row, column;
        pinna_vec3 at;
        if (!pinna_live_player_place_at(view->player, i, now_s, &at)) continue;
        double distance = (double)pinna_vec3_length(at);
        double scale = shortened(distance, reach_m) / fmax(distance, 1e-6);
        letter_of_source(i, letter);
        map_cell(l, -(double)at.y * scale, (double)at.x * scale, &row, &column);
        put(s, row, column, letter, ink_of_source(i), true);
    }
    draw_head(s, l, view->engine.head.pose.orientation);
}

static void draw_source(pinna_text_screen* s, const layout* l, int row, const pinna_live_session_view* view, size_t i)
{
    const pinna_scene_source* source = &pinna_live_player_scene(view->player)->sources[i];
    char letter[2];
    pinna_vec3 place;
    bool placed = pinna_live_player_place_at(view->player, i, pinna_live_player_time_s(view->player), &place);
    letter_of_source(i, letter);
    put(s, row, l->right, letter, ink_of_source(i), true);
    print(s, row, l->right + INDENT, INK_TEXT, "%-13.13s", source->name ? source->name : source->file);
    if (!view->range && placed) {
        pinna_spherical at = pinna_spherical_from_vec3(place);
        print(s, row, l->right + 16, INK_SOFT, "%+4.0f° %+3.0f°", whole((double)at.azimuth_deg),
              whole((double)at.elevation_deg));
    } else if (!placed) {
        print(s, row, l->right + 16, INK_SOFT, "as it is");
    }
    put_bar(s, row, l->right + 27, l->bar, (pinna_live_session_level_db(view, i) + 70) / 60, ink_of_source(i));
}

/* In so many rows. */
static int draw_sources(pinna_text_screen* s, const layout* l, int row, int rows, const pinna_live_session_view* view)
{
    size_t count = pinna_live_player_scene(view->player)->source_count, shown = count;
    size_t room = rows > 2 ? (size_t)(rows - 1) : 1;
    put(s, row++, l->right, "SOURCES", INK_FAINT, true);
    if (shown > room) shown = room - 1;
    for (size_t i = 0; i < shown; i++)
        draw_source(s, l, row++, view, i);
    if (count > shown) print(s, row++, l->right + INDENT, INK_SOFT, "and %zu more", count - shown);
    return row + l->roomy;
}

static int draw_tracker(pinna_text_screen* s, const layout* l, int row, const pinna_live_session_view* view)
{
    float yaw, pitch, roll;
    const pinna_live_trackers_view* t = &view->trackers;
    const pinna_live_head_view* head = &view->engine.head;
    bool none = t->active >= PINNA_LIVE_TRACKER_COUNT;
    pinna_quat_to_yaw_pitch_roll(head->pose.orientation, &yaw, &pitch, &roll);
    put(s, row++, l->right, "HEAD TRACKER", INK_FAINT, true);
    put(s, row, l->right, "●", none ? INK_FAINT : t->sending ? INK_GOOD : INK_WARN, true);
    if (none)
        print(s, row++, l->right + INDENT, INK_TEXT, "none yet (%s)", pinna_live_tracker_names[t->choice]);
    else
        print(s, row++, l->right + INDENT, INK_TEXT, "%s, %.0f a second from %s", pinna_live_tracker_names[t->active],
              t->rate_hz, t->from);
    print(s, row++, l->right + INDENT, INK_SOFT, "left %+.0f°   up %+.0f°   tilt right %+.0f°", whole((double)yaw),
          whole((double)pitch), whole((double)roll));
    if (head->sample_count)
        print(s, row++, l->right + INDENT, INK_SOFT, "to the queue %.1f ms, predicted %.0f ms%s",
              1e3 * head->reaction_s, head->config.predict && t->sending ? 1e3 * head->look_ahead_s : 0.0,
              head->pose.still ? ", still" : "");
    return row + l->roomy;
}

static void draw_sound(pinna_text_screen* s, const layout* l, int row, const pinna_live_session_view* view)
{
    const pinna_live_output_view* o = &view->output;
    put(s, row++, l->right, "SOUND", INK_FAINT, true);
    bool lost = o->state == PINNA_LIVE_OUTPUT_LOST || o->state == PINNA_LIVE_OUTPUT_SILENT;
    print(s, row++, l->right + INDENT, lost ? INK_WARN : INK_TEXT, "%.40s",
          lost || !strcmp(o->device, "none") ? "silent: no device" : o->device);
    if (l->roomy)
        print(s, row++, l->right + INDENT, INK_SOFT, "period %u, queue %.1f + device %.1f ms", view->period_frames,
              1e3 * o->queue_s, 1e3 * o->device_s);
    print(s, row++, l->right + INDENT, o->underrun_count ? INK_WARN : INK_SOFT,
          "%llu underruns, audio thread %.0f %%%s", (unsigned long long)o->underrun_count,
          100 * (o->load > 0 ? o->load : o->average_load), l->roomy ? " of a core" : "");
    for (int ear = 0; ear < 2; ear++, row++) {
        put(s, row, l->right + INDENT, ear ? "R" : "L", INK_SOFT, false);
        put_bar(s, row, l->right + 2 * INDENT, 23 + l->bar - 2 * INDENT, ((double)view->engine.peak_db[ear] + 60) / 60,
                view->engine.peak_db[ear] > -1 ? INK_WARN : INK_GOOD);
    }
}

/* What comes later lies over what is there where it is narrow. */
static void draw_header(pinna_text_screen* s, const pinna_live_session_view* view)
{
    const pinna_scene* scene = pinna_live_player_scene(view->player);
    double now_s = pinna_live_player_time_s(view->player), end_s = pinna_live_player_duration_s(view->player);
    bool ends = isfinite(end_s) && !view->range;
    char text[128];
    snprintf(text, sizeof text, "%d:%02d", (int)now_s / 60, (int)now_s % 60);
    size_t used = strlen(text);
    if (ends) snprintf(text + used, sizeof text - used, " / %d:%02d", (int)end_s / 60, (int)end_s % 60);
    put(s, 0, s->columns - MARGIN - (int)strlen(text), text, INK_SOFT, false);
    put_bar(s, 1, s->columns - MARGIN - s->columns / 4, s->columns / 4, ends ? now_s / end_s : 0, INK_ACCENT);
    snprintf(text, sizeof text, "%s ", scene->title ? scene->title : pinna_live_player_name(view->player));
    put(s, 0, MARGIN, text, INK_TEXT, true);
    print(s, 1, MARGIN, INK_SOFT, "%s · %s · %s%s%s%s ", view->preset, view->room, view->head_name,
          view->headphones ? " · for " : "", view->headphones ? view->headphones : "",
          view->loading ? " · loading…" : view->paused ? " · paused" : "");
}

static int group_width(const pinna_live_key* key)
{
    int width = 0;
    for (; !*key->label; key++)
        width += (int)strlen(key->key) + 1;
    return width + (int)(strlen(key->key) + 1 + strlen(key->label));
}

/* Returns the row after the last. */
static int draw_keys(pinna_text_screen* s, int row, bool show)
{
    int column = MARGIN;
    bool joined = false;
    for (const pinna_live_key* key = pinna_live_keys; key->key; key++) {
        if (strlen(key->key) > 1 && strcmp(key->key, "space")) continue; /* arrows go without saying */
        if (!joined && column + group_width(key) > s->columns - MARGIN) column = MARGIN, row++;
        if (show) put(s, row, column, key->key, INK_ACCENT, true);
        column += (int)strlen(key->key) + 1;
        if (show) put(s, row, column, key->label, INK_SOFT, false);
        joined = !*key->label;
        if (!joined) column += (int)strlen(key->label) + 3;
    }
    return row + 1;
}

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

/* A map as wide as high, for the eye; half of the screen at most. */
static layout lay_out(pinna_text_screen* s)
{
    enum { LEAST_ROWS = 12 };
    layout l = {.roomy = s->rows >= PINNA_TEXT_ROWS, .keys_row = s->rows - draw_keys(s, 0, false)};
    if (l.keys_row < LEAST_ROWS) l.keys_row = s->rows;
    l.top = l.roomy ? 3 : 2;
    l.map_rows = smaller(l.keys_row - 1 - l.top, s->columns / 4);
    l.map_rows -= l.map_rows % 2 == 0;
    if (l.map_rows < 1) l.map_rows = 1;
    l.map_columns = 2 * l.map_rows - 1;
    l.right = l.map_columns + 2 * MARGIN;
    l.bar = smaller(s->columns - MARGIN - l.right - 27, 18);
    return l;
}

static int tracker_rows(const pinna_live_session_view* view)
{
    return view->engine.head.sample_count ? 4 : 3;
}

static void draw_lists(pinna_text_screen* s, const layout* l, const pinna_live_session_view* view)
{
    int sound_rows = l->roomy ? 6 : 5, gaps = l->roomy ? 2 : 0;
    int room = l->keys_row - 1 - l->top - tracker_rows(view) - sound_rows - gaps;
    int row = draw_sources(s, l, l->top, smaller(room, 13), view);
    row = draw_tracker(s, l, row, view);
    draw_sound(s, l, row, view);
}

void pinna_live_text_draw(const pinna_live_session_view* view, pinna_text_screen* out)
{
    for (int row = 0; row < PINNA_TEXT_ROWS; row++)
        for (int column = 0; column < PINNA_TEXT_COLUMNS; column++)
            out->cells[row][column] = (pinna_text_cell){" ", INK_TEXT, false};
    const layout l = lay_out(out);
    draw_header(out, view);
    if (l.map_rows > 1) draw_map(out, &l, view);
    draw_lists(out, &l, view);
    const char* told = *view->question ? view->question : view->message;
    put(out, l.keys_row - 1, MARGIN, told, *view->question ? INK_WARN : INK_ACCENT, true);
    if (l.keys_row < out->rows) (void)draw_keys(out, l.keys_row, true);
}
