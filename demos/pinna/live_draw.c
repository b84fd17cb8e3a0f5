/* SPDX-License-Identifier: MIT */
#include "live_draw.h"
#include "listening_plot.h"
#include "live_map.h"
#include "live_paint.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MARGIN = 20, GAP = 14, HEADER = 84, CARD_TOP = 92, MAP = 616, SMALL = 296, FOOT = 726 };

static void write_soft(cairo_t* cr, double x, double y, const char* text)
{
    pinna_paint_set(cr, pinna_paint_soft, 1);
    pinna_paint_write(cr, x, y, 12.5, false, PINNA_PAINT_LEFT, SMALL - 40, text);
}

/* A label at the left, its value at the right. */
static void write_row(cairo_t* cr, double x, double y, const char* label, const char* value, pinna_paint paint)
{
    write_soft(cr, x, y, label);
    pinna_paint_set(cr, paint, 1);
    pinna_paint_write(cr, x + SMALL - 40, y, 12.5, false, PINNA_PAINT_RIGHT, SMALL - 130, value);
}

static void draw_bar(cairo_t* cr, double x, double y, double width, double height, double share, pinna_paint paint)
{
    pinna_paint_set(cr, pinna_paint_line, 1);
    pinna_paint_box(cr, x, y, width, height, height / 2);
    cairo_fill(cr);
    share = fmin(fmax(share, 0), 1);
    if (share * width < height) return;
    pinna_paint_set(cr, paint, 1);
    pinna_paint_box(cr, x, y, width * share, height, height / 2);
    cairo_fill(cr);
}

/* ---- Above everything: what plays ---- */

static void draw_header(cairo_t* cr, const pinna_live_session_view* view)
{
    char text[160];
    const pinna_scene* scene = pinna_live_player_scene(view->player);
    double now_s = pinna_live_player_time_s(view->player), end_s = pinna_live_player_duration_s(view->player);
    pinna_paint_set(cr, pinna_paint_text, 1);
    pinna_paint_write(cr, MARGIN + 4, 42, 23, true, PINNA_PAINT_LEFT, 760,
                      scene->title ? scene->title : pinna_live_player_name(view->player));
    bool endless = !isfinite(end_s) || view->range;
    snprintf(text, sizeof text, "%d:%02d", (int)now_s / 60, (int)now_s % 60);
    if (!endless)
        snprintf(text + strlen(text), sizeof text - strlen(text), " / %d:%02d", (int)end_s / 60, (int)end_s % 60);
    pinna_paint_set(cr, pinna_paint_soft, 1);
    pinna_paint_write(cr, PINNA_LIVE_WIDTH - MARGIN - 4, 44, 15, false, PINNA_PAINT_RIGHT, 0, text);
    draw_bar(cr, PINNA_LIVE_WIDTH - MARGIN - 304, 60, 300, 4, endless ? 0 : now_s / end_s, pinna_paint_accent);
}

/* ---- The sources' levels ---- */

static void draw_levels(cairo_t* cr, double x, double y, const pinna_live_session_view* view)
{
    enum { SHOWN = 11, ROW = 22 };
    char text[64];
    const pinna_scene* scene = pinna_live_player_scene(view->player);
    pinna_paint_card_at(cr, x, y, SMALL, 301, "SOURCES");
    size_t count = scene->source_count > SHOWN ? SHOWN - 1 : scene->source_count;
    for (size_t i = 0; i < count; i++) {
        double at = y + 54 + ROW * (double)i, level_db = pinna_live_session_level_db(view, i);
        const char* name = scene->sources[i].name ? scene->sources[i].name : scene->sources[i].file;
        pinna_paint_set(cr, pinna_paint_of_source(i), 1);
        pinna_paint_disc(cr, x + 25, at - 4, 4);
        cairo_fill(cr);
        pinna_paint_set(cr, pinna_paint_text, 0.9);
        pinna_paint_write(cr, x + 38, at, 12.5, false, PINNA_PAINT_LEFT, 120, name);
        draw_bar(cr, x + 166, at - 7, SMALL - 186, 6, (level_db + 70) / 60, pinna_paint_of_source(i));
    }
    if (scene->source_count <= SHOWN) return;
    snprintf(text, sizeof text, "and %zu more", scene->source_count - count);
    write_soft(cr, x + 38, y + 54 + ROW * (double)count, text);
}

/* ---- The tracker ---- */

static void draw_angle(cairo_t* cr, double x, double y, const char* name, double angle_deg, double most_deg)
{
    char text[16];
    double middle = x + 150, half = 60;
    write_soft(cr, x, y, name);
    pinna_paint_set(cr, pinna_paint_line, 1);
    pinna_paint_box(cr, middle - half, y - 7, 2 * half, 6, 3);
    cairo_fill(cr);
    double share = fmin(fmax(angle_deg / most_deg, -1), 1);
    pinna_paint_set(cr, pinna_paint_accent, 1);
    cairo_rectangle(cr, share > 0 ? middle : middle + share * half, y - 7, fabs(share) * half, 6);
    cairo_fill(cr);
    pinna_paint_set(cr, pinna_paint_text, 0.4);
    cairo_rectangle(cr, middle - 0.5, y - 9, 1, 10);
    cairo_fill(cr);
    snprintf(text, sizeof text, "%+.0f°", round(angle_deg) + 0.0);
    pinna_paint_set(cr, pinna_paint_text, 1);
    pinna_paint_write(cr, x + SMALL - 40, y, 12.5, false, PINNA_PAINT_RIGHT, 0, text);
}

static void draw_tracker_state(cairo_t* cr, double x, double y, const pinna_live_session_view* view)
{
    char text[96];
    const pinna_live_trackers_view* t = &view->trackers;
    bool none = t->active >= PINNA_LIVE_TRACKER_COUNT;
    pinna_paint_set(cr, none ? pinna_paint_faint : t->sending ? pinna_paint_good : pinna_paint_warn, 1);
    pinna_paint_disc(cr, x + 5, y + 50, 5);
    cairo_fill(cr);
    pinna_paint_set(cr, pinna_paint_text, 1);
    const char* name = none                                   ? "none yet"
                       : t->active == PINNA_LIVE_TRACKER_HAND ? "mouse and keys"
                                                              : pinna_live_tracker_names[t->active];
    if (t->choice == PINNA_LIVE_TRACKER_NONE) name = "off";
    pinna_paint_write(cr, x + 20, y + 56, 17, true, PINNA_PAINT_LEFT, SMALL - 60, name);
    if (none)
        snprintf(text, sizeof text, "%s",
                 t->choice == PINNA_LIVE_TRACKER_AUTO ? "listening on every port" : "waiting for it");
    else if (!t->sending)
        snprintf(text, sizeof text, "has fallen silent");
    else
        snprintf(text, sizeof text, "%.0f a second from %s", t->rate_hz, t->from);
    write_soft(cr, x, y + 80, text);
}

static void draw_tracker(cairo_t* cr, double x, double y, const pinna_live_session_view* view)
{
    char text[64];
    float yaw, pitch, roll;
    const pinna_live_head_view* head = &view->engine.head;
    pinna_paint_card_at(cr, x, y, SMALL, 301, "HEAD TRACKER");
    draw_tracker_state(cr, x + 20, y, view);
    pinna_quat_to_yaw_pitch_roll(head->pose.orientation, &yaw, &pitch, &roll);
    draw_angle(cr, x + 20, y + 114, "left", (double)yaw, 180);
    draw_angle(cr, x + 20, y + 138, "up", (double)pitch, 90);
    draw_angle(cr, x + 20, y + 162, "tilt right", (double)roll, 90);
    bool moving = head->pose.valid && !head->pose.stale && view->trackers.sending;
    write_row(cr, x + 20, y + 198, "the head is",
              !head->pose.valid  ? "unknown"
              : head->pose.stale ? "unknown: no news"
              : head->pose.still ? "still"
                                 : "moving",
              moving ? pinna_paint_text : pinna_paint_soft);
    snprintf(text, sizeof text, "%.0f ms", 1e3 * head->look_ahead_s);
    write_row(cr, x + 20, y + 222, head->config.predict ? "predicted ahead" : "not predicted", moving ? text : "–",
              pinna_paint_text);
    snprintf(text, sizeof text, "%.1f ms", 1e3 * head->reaction_s);
    write_row(cr, x + 20, y + 246, "packet to queue", head->sample_count ? text : "–", pinna_paint_text);
    snprintf(text, sizeof text, "%s%s%s", head->config.invert_yaw ? "yaw " : "",
             head->config.invert_pitch ? "pitch " : "", head->config.invert_roll ? "roll" : "");
    write_row(cr, x + 20, y + 270, "inverted", *text ? text : "nothing", pinna_paint_text);
}

/* ---- The device ---- */

static void draw_meter(cairo_t* cr, double x, double y, const char* ear, float peak_db)
{
    double share = ((double)peak_db + 60) / 60;
    write_soft(cr, x, y, ear);
    draw_bar(cr, x + 24, y - 8, SMALL - 64, 8, share, peak_db > -1 ? pinna_paint_warn : pinna_paint_good);
}

static const char* state_words(const pinna_live_output_view* output)
{
    switch (output->state) {
    case PINNA_LIVE_OUTPUT_PLAYING:
    case PINNA_LIVE_OUTPUT_ENDED: break;
    case PINNA_LIVE_OUTPUT_SILENT: return "no device: silent";
    case PINNA_LIVE_OUTPUT_LOST: return "device lost: silent";
    }
    if (output->lost) return "device lost";
    return strcmp(output->device, "none") ? output->device : "no device: silent";
}

static void draw_output(cairo_t* cr, double x, double y, const pinna_live_session_view* view)
{
    char text[96];
    const pinna_live_output_view* o = &view->output;
    double period_ms = 1e3 * view->period_frames / view->sample_rate_hz;
    pinna_paint_card_at(cr, x, y, SMALL, 301, "SOUND");
    pinna_paint_set(cr, pinna_paint_text, 1);
    pinna_paint_write(cr, x + 20, y + 56, 17, true, PINNA_PAINT_LEFT, SMALL - 40, state_words(o));
    snprintf(text, sizeof text, "%u Hz, periods of %u (%.1f ms)", view->sample_rate_hz, view->period_frames, period_ms);
    write_soft(cr, x + 20, y + 80, text);
    draw_meter(cr, x + 20, y + 114, "L", view->engine.peak_db[0]);
    draw_meter(cr, x + 20, y + 136, "R", view->engine.peak_db[1]);
    snprintf(text, sizeof text, "%.1f + %.1f ms", 1e3 * o->queue_s, 1e3 * o->device_s);
    write_row(cr, x + 20, y + 174, "queue + device", text, pinna_paint_text);
    snprintf(text, sizeof text, "%.1f ms", 1e3 * (view->engine.head.reaction_s + o->queue_s + o->device_s));
    write_row(cr, x + 20, y + 198, "packet to ear", view->engine.head.sample_count ? text : "–", pinna_paint_text);
    snprintf(text, sizeof text, "%llu", (unsigned long long)o->underrun_count);
    write_row(cr, x + 20, y + 222, "underruns", text, o->underrun_count ? pinna_paint_warn : pinna_paint_good);
    snprintf(text, sizeof text, "%+.0f dB", view->volume_db);
    write_row(cr, x + 20, y + 246, "volume", text, pinna_paint_text);
    double load = o->load > 0 ? o->load : o->average_load;
    snprintf(text, sizeof text, "%.0f %% of a core", 100 * load);
    write_row(cr, x + 20, y + 270, "audio thread", text, pinna_paint_text);
    draw_bar(cr, x + 20, y + 280, SMALL - 40, 4, load, load > 0.7 ? pinna_paint_warn : pinna_paint_accent);
}

/* ---- The keys, which are buttons too ---- */

static void key_name(const char* key, char name[12])
{
    snprintf(name, 12, "%s", key);
    if (name[0] >= 'a' && name[0] <= 'z') name[0] = (char)(name[0] - 'a' + 'A');
    if (!strcmp(key, "left")) snprintf(name, 12, "←");
    if (!strcmp(key, "right")) snprintf(name, 12, "→");
    if (!strcmp(key, "up")) snprintf(name, 12, "↑");
    if (!strcmp(key, "down")) snprintf(name, 12, "↓");
    if (!strcmp(key, "escape")) snprintf(name, 12, "Esc");
}

static void remember(pinna_live_drawing* out, double x, double y, double width, pinna_live_action action)
{
    if (out->hit_count < PINNA_LIVE_HIT_MAX) out->hits[out->hit_count++] = (pinna_live_hit){x, y, width, 22, action};
}

static double measure(cairo_t* cr, const char* text, double size, bool bold)
{
    cairo_text_extents_t extents;
    cairo_select_font_face(cr, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL,
                           bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(cr, size);
    cairo_text_extents(cr, text, &extents);
    return extents.x_advance;
}

static double draw_cap(cairo_t* cr, double x, double y, const char* key)
{
    char name[12];
    key_name(key, name);
    double cap = fmax(22, measure(cr, name, 11, true) + 12);
    pinna_paint_set(cr, pinna_paint_card, 1);
    pinna_paint_box(cr, x, y, cap, 22, 5);
    cairo_fill_preserve(cr);
    pinna_paint_set(cr, pinna_paint_line, 1);
    cairo_set_line_width(cr, 1);
    cairo_stroke(cr);
    pinna_paint_set(cr, pinna_paint_text, 1);
    pinna_paint_write(cr, x + cap / 2, y + 15.5, 11, true, PINNA_PAINT_CENTRE, 0, name);
    return cap;
}

/* A key and what it does, or what it has chosen. Returns the width, which all is a button. */
static double draw_button(cairo_t* cr, double x, double y, const char* key, const char* label, pinna_paint paint)
{
    double cap = draw_cap(cr, x, y, key);
    if (!*label) return cap;
    pinna_paint_set(cr, paint, 1);
    return cap + 7 + pinna_paint_write(cr, x + cap + 7, y + 15.5, 12, false, PINNA_PAINT_LEFT, 0, label);
}

static double group_width(cairo_t* cr, const pinna_live_key* key)
{
    double width = 0;
    for (; !*key->label; key++)
        width += 27;
    return width + 60 + measure(cr, key->label, 12, false);
}

/* What is chosen by these stands above, with what is chosen. */
static bool is_above(pinna_live_action action)
{
    return action == PINNA_LIVE_NEXT_PRESET || action == PINNA_LIVE_NEXT_ROOM || action == PINNA_LIVE_NEXT_HEAD ||
           action == PINNA_LIVE_EQUALIZE;
}

static void draw_buttons(cairo_t* cr, pinna_live_drawing* out)
{
    double x = MARGIN + 4, y = FOOT + 10;
    bool joined = false;
    for (const pinna_live_key* key = pinna_live_keys; key->key; key++) {
        if (is_above(key->action)) continue;
        if (!joined && x + group_width(cr, key) > PINNA_LIVE_WIDTH - MARGIN) x = MARGIN + 4, y += 30;
        double width = draw_button(cr, x, y, key->key, key->label, pinna_paint_soft);
        remember(out, x, y, width, key->action);
        joined = !*key->label;
        x += width + (joined ? 5 : 20);
    }
}

/* How it sounds, each part with the key that changes it. */
static void draw_choices(cairo_t* cr, const pinna_live_session_view* view, pinna_live_drawing* out)
{
    double x = MARGIN + 4;
    const struct {
        pinna_live_action action;
        const char* value;
    } choices[] = {{PINNA_LIVE_NEXT_PRESET, view->preset},
                   {PINNA_LIVE_NEXT_ROOM, view->room},
                   {PINNA_LIVE_NEXT_HEAD, view->head_name},
                   {PINNA_LIVE_EQUALIZE, view->headphones ? view->headphones : "no headphone equaliser"}};
    for (size_t i = 0; i < sizeof choices / sizeof choices[0]; i++)
        for (const pinna_live_key* key = pinna_live_keys; key->key; key++) {
            if (key->action != choices[i].action) continue;
            bool chosen = key->action != PINNA_LIVE_EQUALIZE || view->headphones;
            double width =
                draw_button(cr, x, 57, key->key, choices[i].value, chosen ? pinna_paint_text : pinna_paint_faint);
            remember(out, x, 57, width, key->action);
            x += width + 22;
        }
    if (!view->loading && !view->paused) return;
    pinna_paint_set(cr, pinna_paint_accent, 1);
    pinna_paint_write(cr, x, 72.5, 12, false, PINNA_PAINT_LEFT, 120, view->paused ? "paused" : "loading…");
}

/* What is asked or told, over the foot of the map. */
static void draw_message(cairo_t* cr, const pinna_live_session_view* view)
{
    const char* text = *view->question ? view->question : view->message;
    if (!*text) return;
    double x = MARGIN + 16, y = CARD_TOP + MAP - 52, width = MAP - 32;
    pinna_paint_set(cr, pinna_paint_ground, 0.92);
    pinna_paint_box(cr, x, y, width, 38, 8);
    cairo_fill(cr);
    pinna_paint_set(cr, *view->question ? pinna_paint_warn : pinna_paint_accent, 1);
    pinna_paint_box(cr, x, y, 4, 38, 2);
    cairo_fill(cr);
    pinna_paint_set(cr, pinna_paint_text, 1);
    pinna_paint_write(cr, x + 18, y + 24, 13, false, PINNA_PAINT_LEFT, width - 34, text);
}

/* The shooting range hides its target: a map of all directions to point into stands where it would be seen. */
static void draw_range(cairo_t* cr, const pinna_live_session_view* view, pinna_live_drawing* out)
{
    double x = MARGIN + 30, y = CARD_TOP + 150, width = MAP - 60, height = width / 2, at[2];
    out->globe = (pinna_live_globe){!view->range_done, x, y, width, height};
    pinna_paint_card_at(cr, MARGIN, CARD_TOP, MAP, MAP, view->range_done ? "WHERE YOU HEARD IT" : "WHERE IS IT?");
    pinna_paint_set(cr, pinna_paint_text, 1);
    pinna_paint_write(cr, MARGIN + 30, CARD_TOP + 76, 26, true, PINNA_PAINT_LEFT, width,
                      view->range_done ? "All shots fired" : "A steel plate is being hit");
    write_soft(cr, MARGIN + 30, CARD_TOP + 104, view->range_done ? "" : "Point to where the knocking is");
    pinna_listening_draw(cr, x, y, width, height, view->range, view->range_done);
    pinna_spherical gaze =
        pinna_spherical_from_vec3(pinna_quat_rotate(view->engine.head.pose.orientation, (pinna_vec3){1, 0, 0}));
    pinna_listening_place((pinna_listening_direction){gaze.azimuth_deg, gaze.elevation_deg}, x, y, width, height, at);
    pinna_paint_set(cr, pinna_paint_good, 0.9);
    cairo_set_line_width(cr, 1.6);
    at[0] = fmin(fmax(at[0], x + 10), x + width - 10);
    pinna_paint_disc(cr, at[0], at[1], 9);
    cairo_stroke(cr);
    pinna_paint_disc(cr, at[0], at[1], 1.6);
    cairo_fill(cr);
    draw_bar(cr, x, y + height + 44, width, 5, (double)view->range->answered_count / (double)view->range->trial_count,
             pinna_paint_accent);
}

void pinna_live_draw(cairo_t* cr, const pinna_live_session_view* view, pinna_live_drawing* out)
{
    const double right = MARGIN + MAP + GAP, far_right = right + SMALL + GAP, lower = CARD_TOP + 301 + GAP;
    *out = (pinna_live_drawing){0};
    pinna_paint_set(cr, pinna_paint_ground, 1);
    cairo_paint(cr);
    draw_header(cr, view);
    draw_choices(cr, view, out);
    double reach_m = pinna_live_map_reach_m(view->player);
    const pinna_live_map above = {MARGIN + MAP / 2.0, CARD_TOP + MAP / 2.0 + 8, MAP / 2.0 - 46, reach_m, false};
    const pinna_live_map side = {right + SMALL / 2.0, CARD_TOP + 163, 122, reach_m, true};
    if (view->range) {
        draw_range(cr, view, out);
    } else {
        pinna_paint_card_at(cr, MARGIN, CARD_TOP, MAP, MAP, "FROM ABOVE");
        pinna_live_map_draw(cr, &above, view);
    }
    pinna_paint_card_at(cr, right, CARD_TOP, SMALL, 301, "FROM THE SIDE");
    pinna_live_map_draw(cr, &side, view);
    draw_levels(cr, far_right, CARD_TOP, view);
    draw_tracker(cr, right, lower, view);
    draw_output(cr, far_right, lower, view);
    draw_message(cr, view);
    draw_buttons(cr, out);
}

pinna_live_action pinna_live_drawing_hit(const pinna_live_drawing* drawing, double x, double y)
{
    for (size_t i = 0; i < drawing->hit_count; i++) {
        const pinna_live_hit* hit = &drawing->hits[i];
        if (x >= hit->x && x < hit->x + hit->width && y >= hit->y && y < hit->y + hit->height) return hit->action;
    }
    return PINNA_LIVE_ACTION_COUNT;
}
