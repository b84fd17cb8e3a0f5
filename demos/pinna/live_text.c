/* SPDX-License-Identifier: MIT */
#include "live_text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "live_map.h"

enum { INK_TEXT, INK_SOFT, INK_FAINT, INK_ACCENT, INK_GOOD, INK_WARN, INK_SOURCE };
enum { MAP_COLUMNS = 49, MAP_ROWS = 25, MAP_TOP = 3, RIGHT = 53, BAR = 18 };

static void put(pinna_text_screen* s, int row, int column, const char* text, uint8_t ink, bool bold)
{
    if (row < 0 || row >= PINNA_TEXT_ROWS) return;
    while (*text && column < PINNA_TEXT_COLUMNS) {
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
    int eighths = (int)lround(fmin(fmax(share, 0), 1) * width * 8);
    for (int i = 0; i < width; i++)
        put(s, row, column + i, eighths >= 8 * (i + 1) ? "█" : "·", eighths >= 8 * (i + 1) ? ink : INK_FAINT, false);
    if (eighths % 8) put(s, row, column + eighths / 8, parts[eighths % 8], ink, false);
}

static uint8_t ink_of_source(size_t source)
{
    return (uint8_t)(INK_SOURCE + source % 6);
}

static void letter_of_source(size_t source, char text[2])
{
    text[0] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"[source % 52];
    text[1] = '\0';
}

/* Columns are half as wide as rows are high. */
static void map_cell(double right, double up, int* row, int* column)
{
    *column = 2 + MAP_COLUMNS / 2 + (int)lround(right * (MAP_COLUMNS / 2));
    *row = MAP_TOP + MAP_ROWS / 2 - (int)lround(up * (MAP_ROWS / 2));
}

static double shortened(double distance_m, double reach_m)
{
    return log1p(distance_m / 0.6) / log1p(reach_m / 0.6);
}

static void draw_rings(pinna_text_screen* s, double reach_m)
{
    static const double rings_m[] = {1, 2, 5, 10, 20, 50, 100};
    double last = 0.1;
    for (size_t i = 0; i < sizeof rings_m / sizeof rings_m[0] && rings_m[i] < reach_m; i++) {
        double r = shortened(rings_m[i], reach_m);
        int row, column;
        if (r - last < 0.24) continue;
        last = r;
        for (int degree = 0; degree < 360; degree += 6) {
            map_cell(r * sin(degree * 0.017453), r * cos(degree * 0.017453), &row, &column);
            put(s, row, column, "·", INK_FAINT, false);
        }
        map_cell(r * 0.72, -r * 0.72, &row, &column);
        print(s, row, column, INK_FAINT, "%g m", rings_m[i]);
    }
}

static void draw_head(pinna_text_screen* s, pinna_quat head)
{
    static const char* const noses[] = {"↑", "↖", "←", "↙", "↓", "↘", "→", "↗"};
    float yaw, pitch, roll;
    int row, column;
    pinna_quat_to_yaw_pitch_roll(head, &yaw, &pitch, &roll);
    double angle = (double)yaw * 0.0174533;
    map_cell(0, 0, &row, &column);
    put(s, row, column - 1, "(●)", INK_TEXT, true);
    int step_column = (int)lround(-sin(angle) * 3), step_row = (int)lround(-cos(angle) * 1.4);
    put(s, row + step_row, column + step_column, noses[(int)lround((double)yaw / 45 + 16) % 8], INK_ACCENT, true);
}

static void draw_map(pinna_text_screen* s, const pinna_live_session_view* view)
{
    const pinna_scene* scene = pinna_live_player_scene(view->player);
    double reach_m = pinna_live_map_reach_m(view->player), now_s = pinna_live_player_time_s(view->player);
    draw_rings(s, reach_m);
    for (size_t i = scene->source_count; i-- > 0 && !view->range;) {
        char letter[2];
        int row, column;
        pinna_vec3 at;
        if (!pinna_live_player_place_at(view->player, i, now_s, &at)) continue;
        double distance = (double)pinna_vec3_length(at);
        double scale = shortened(distance, reach_m) / fmax(distance, 1e-6);
        letter_of_source(i, letter);
        map_cell(-(double)at.y * scale, (double)at.x * scale, &row, &column);
        put(s, row, column, letter, ink_of_source(i), true);
    }
    draw_head(s, view->engine.head.pose.orientation);
}

static int draw_sources(pinna_text_screen* s, int row, const pinna_live_session_view* view)
{
    enum { SHOWN = 11 };
    const pinna_scene* scene = pinna_live_player_scene(view->player);
    double now_s = pinna_live_player_time_s(view->player);
    put(s, row++, RIGHT, "SOURCES", INK_FAINT, true);
    for (size_t i = 0; i < scene->source_count && i < SHOWN; i++, row++) {
        char letter[2];
        const char* name = scene->sources[i].name ? scene->sources[i].name : scene->sources[i].file;
        pinna_vec3 place;
        bool placed = pinna_live_player_place_at(view->player, i, now_s, &place);
        letter_of_source(i, letter);
        put(s, row, RIGHT, letter, ink_of_source(i), true);
        print(s, row, RIGHT + 2, INK_TEXT, "%-13.13s", name);
        if (!view->range && placed) {
            pinna_spherical at = pinna_spherical_from_vec3(place);
            print(s, row, RIGHT + 16, INK_SOFT, "%+4.0f° %+3.0f°", (double)at.azimuth_deg, (double)at.elevation_deg);
        } else if (!placed) {
            print(s, row, RIGHT + 16, INK_SOFT, "as it is");
        }
        put_bar(s, row, RIGHT + 27, BAR, (pinna_live_session_level_db(view, i) + 70) / 60,
                ink_of_source(i));
    }
    if (scene->source_count > SHOWN) print(s, row++, RIGHT + 2, INK_SOFT, "and %zu more", scene->source_count - SHOWN);
    return row + 1;
}

static int draw_tracker(pinna_text_screen* s, int row, const pinna_live_session_view* view)
{
    float yaw, pitch, roll;
    const pinna_live_trackers_view* t = &view->trackers;
    const pinna_live_head_view* head = &view->engine.head;
    bool none = t->active >= PINNA_LIVE_TRACKER_COUNT;
    pinna_quat_to_yaw_pitch_roll(head->pose.orientation, &yaw, &pitch, &roll);
    put(s, row++, RIGHT, "HEAD TRACKER", INK_FAINT, true);
    put(s, row, RIGHT, "●", none ? INK_FAINT : t->sending ? INK_GOOD : INK_WARN, true);
    if (none)
        print(s, row++, RIGHT + 2, INK_TEXT, "none yet (%s)", pinna_live_tracker_names[t->choice]);
    else
        print(s, row++, RIGHT + 2, INK_TEXT, "%s, %.0f a second from %s", pinna_live_tracker_names[t->active], t->rate_hz,
              t->from);
    print(s, row++, RIGHT + 2, INK_SOFT, "left %+.0f°   up %+.0f°   tilt right %+.0f°", (double)yaw, (double)pitch,
          (double)roll);
    if (head->sample_count)
        print(s, row++, RIGHT + 2, INK_SOFT, "to the queue %.1f ms, predicted %.0f ms%s", 1e3 * head->reaction_s,
              head->config.predict && t->sending ? 1e3 * head->look_ahead_s : 0.0, head->pose.still ? ", still" : "");
    return row + 1;
}

static void draw_sound(pinna_text_screen* s, int row, const pinna_live_session_view* view)
{
    const pinna_live_output_view* o = &view->output;
    put(s, row++, RIGHT, "SOUND", INK_FAINT, true);
    bool lost = o->state == PINNA_LIVE_OUTPUT_LOST || o->state == PINNA_LIVE_OUTPUT_SILENT;
    print(s, row++, RIGHT + 2, lost ? INK_WARN : INK_TEXT, "%.40s", lost || !strcmp(o->device, "none") ? "silent: no device" : o->device);
    print(s, row++, RIGHT + 2, INK_SOFT, "period %u, queue %.1f + device %.1f ms", view->period_frames,
          1e3 * o->queue_s, 1e3 * o->device_s);
    print(s, row++, RIGHT + 2, o->underrun_count ? INK_WARN : INK_SOFT, "%llu underruns, audio thread %.0f %% of a core",
          (unsigned long long)o->underrun_count, 100 * (o->load > 0 ? o->load : o->average_load));
    for (int ear = 0; ear < 2; ear++, row++) {
        put(s, row, RIGHT + 2, ear ? "R" : "L", INK_SOFT, false);
        put_bar(s, row, RIGHT + 4, BAR + 20, ((double)view->engine.peak_db[ear] + 60) / 60,
                view->engine.peak_db[ear] > -1 ? INK_WARN : INK_GOOD);
    }
}

static void draw_header(pinna_text_screen* s, const pinna_live_session_view* view)
{
    const pinna_scene* scene = pinna_live_player_scene(view->player);
    double now_s = pinna_live_player_time_s(view->player), end_s = pinna_live_player_duration_s(view->player);
    char text[128];
    put(s, 0, 2, scene->title ? scene->title : pinna_live_player_name(view->player), INK_TEXT, true);
    snprintf(text, sizeof text, "%s · %s · HRTF %s%s%s%s", view->preset, view->room, view->head_name,
             view->headphones ? " · for " : "", view->headphones ? view->headphones : "", view->loading ? " · loading…" : view->paused ? " · paused" : "");
    put(s, 1, 2, text, INK_SOFT, false);
    if (isfinite(end_s) && !view->range)
        snprintf(text, sizeof text, "%d:%02d / %d:%02d", (int)now_s / 60, (int)now_s % 60, (int)end_s / 60,
                 (int)end_s % 60);
    else
        snprintf(text, sizeof text, "%d:%02d", (int)now_s / 60, (int)now_s % 60);
    put(s, 0, PINNA_TEXT_COLUMNS - 2 - (int)strlen(text), text, INK_SOFT, false);
    put_bar(s, 1, PINNA_TEXT_COLUMNS - 26, 24, isfinite(end_s) ? now_s / end_s : 0, INK_ACCENT);
}

static int group_width(const pinna_live_key* key)
{
    int width = 0;
    for (; !*key->label; key++)
        width += (int)strlen(key->key) + 1;
    return width + (int)(strlen(key->key) + 1 + strlen(key->label));
}

static void draw_keys(pinna_text_screen* s)
{
    int row = PINNA_TEXT_ROWS - 3, column = 2;
    bool joined = false;
    for (const pinna_live_key* key = pinna_live_keys; key->key; key++) {
        if (strlen(key->key) > 1 && strcmp(key->key, "space")) continue; /* arrows go without saying */
        if (!joined && column + group_width(key) > PINNA_TEXT_COLUMNS - 2) column = 2, row++;
        put(s, row, column, key->key, INK_ACCENT, true);
        column += (int)strlen(key->key) + 1;
        put(s, row, column, key->label, INK_SOFT, false);
        joined = !*key->label;
        if (!joined) column += (int)strlen(key->label) + 3;
    }
}

void pinna_live_text_draw(const pinna_live_session_view* view, pinna_text_screen* out)
{
    for (int row = 0; row < PINNA_TEXT_ROWS; row++)
        for (int column = 0; column < PINNA_TEXT_COLUMNS; column++)
            out->cells[row][column] = (pinna_text_cell){" ", INK_TEXT, false};
    draw_header(out, view);
    draw_map(out, view);
    int row = draw_sources(out, MAP_TOP, view);
    row = draw_tracker(out, row, view);
    draw_sound(out, row, view);
    const char* told = *view->question ? view->question : view->message;
    put(out, PINNA_TEXT_ROWS - 4, 2, told, *view->question ? INK_WARN : INK_ACCENT, true);
    draw_keys(out);
}
