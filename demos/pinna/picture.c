/* SPDX-License-Identifier: MIT */
#include "picture.h"
#include "interaural.h"
#include "plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { WIDTH = 1100, HEIGHT = 860, LEFT_EDGE = 84, RIGHT_EDGE = 150, PALETTE_COUNT = 6, TICK_MAX = 24 };

static const plot_colour palette[PALETTE_COUNT] = {{0.36, 0.20, 0.58}, {0.10, 0.55, 0.42}, {0.80, 0.25, 0.45},
                                              {0.70, 0.50, 0.05}, {0.25, 0.45, 0.85}, {0.40, 0.40, 0.40}};

struct pinna_picture {
    pinna_output_file* file;
    pinna_interaural* trace;
    const pinna_scene* scene;
    uint32_t sample_rate_hz;
    uint64_t frame_count;
    bool out_of_memory;
};

/* One diagram over time. */
typedef struct diagram {
    plot_panel panel;
    double step; /* of the grid, up and down */
    const char *title, *unit;
} diagram;

typedef struct tick_list {
    plot_tick ticks[TICK_MAX + 1];
    char labels[TICK_MAX][32];
} tick_list;

pinna_status pinna_picture_create(const char* path, uint32_t sample_rate_hz, const pinna_scene* scene,
                                  pinna_report* report, pinna_picture** out)
{
    *out = NULL;
    pinna_picture* picture = calloc(1, sizeof *picture);
    if (!picture) return PINNA_ERROR_MEMORY;
    picture->scene = scene;
    picture->sample_rate_hz = sample_rate_hz;
    pinna_status status = pinna_interaural_create(sample_rate_hz, &picture->trace);
    if (!status) status = pinna_output_file_create(path, report, &picture->file);
    if (status) {
        pinna_picture_discard(picture);
        return status;
    }
    *out = picture;
    return PINNA_OK;
}

void pinna_picture_write(pinna_picture* picture, const float* left, const float* right, size_t frame_count)
{
    picture->frame_count += frame_count;
    if (!picture->out_of_memory)
        picture->out_of_memory = !pinna_interaural_write(picture->trace, left, right, frame_count);
}

/* What lies beyond the diagram is drawn at its edge. */
static double y_of(const plot_panel* p, double value)
{
    return plot_y(p, fmin(fmax(value, p->bottom), p->top));
}

static void dot(const plot_panel* p, double t_s, double value, double radius, plot_colour c, double opacity)
{
    plot_dot(p->page, plot_x(p, t_s), y_of(p, value), radius, c, opacity);
}

/* Values from first to last, labelled; a list for plot_frame(). */
static void make_ticks(tick_list* list, double first, double last, double step, const char* unit)
{
    int count = 0;
    for (; count < TICK_MAX && first + count * step <= last + step / 100; count++) {
        double value = first + count * step;
        snprintf(list->labels[count], sizeof list->labels[count], "%g%s", fabs(value) < step / 100 ? 0 : value, unit);
        list->ticks[count] = (plot_tick){value, list->labels[count]};
    }
    list->ticks[count].label = NULL;
}

static void draw_frame(const diagram* d)
{
    const plot_panel* p = &d->panel;
    tick_list across, up;
    make_ticks(&across, p->left, p->right, plot_step(p->right, 10), " s");
    make_ticks(&up, p->bottom, p->top, d->step, "");
    plot_frame(p, d->title, d->unit, across.ticks, up.ticks);
}

static void draw_key(const plot_panel* p, int row, plot_colour c, double opacity, const char* text)
{
    double x = WIDTH - RIGHT_EDGE + 18, y = p->y + 12 + 20 * row;
    plot_dot(p->page, x, y - 4, 4, c, opacity);
    plot_text(p->page, x + 12, y, 0, 12, plot_ink, text);
}

static bool sounds_at(const pinna_scene_source* source, double t_s)
{
    return t_s >= source->start_s && t_s < source->end_s;
}

/* As the ears see it: the head's turn taken off. False where a source goes to the ears as it is. */
static bool position_at(const pinna_picture* picture, size_t source, double t_s, pinna_vec3* out)
{
    uint64_t frame = (uint64_t)llround(t_s * picture->sample_rate_hz);
    if (!pinna_scene_place_at(picture->scene, source, frame, picture->sample_rate_hz, out)) return false;
    pinna_quat head = pinna_scene_listener_at(picture->scene, t_s).head_orientation;
    *out = pinna_quat_rotate(pinna_quat_conjugate(head), *out);
    return true;
}

static void draw_directions(const plot_panel* p, const pinna_picture* picture)
{
    const pinna_scene* scene = picture->scene;
    double step_s = p->right / 700;
    for (size_t i = 0; i < scene->source_count; i++) {
        plot_colour c = palette[i % PALETTE_COUNT];
        for (double t_s = 0; t_s < p->right; t_s += step_s) {
            pinna_vec3 at;
            if (!sounds_at(&scene->sources[i], t_s) || !position_at(picture, i, t_s, &at)) continue;
            pinna_spherical s = pinna_spherical_from_vec3(at);
            dot(p, t_s, s.elevation_deg, 1.3, c, 0.35);
            if (fabsf(s.elevation_deg) < 89) dot(p, t_s, s.azimuth_deg, 2.2, c, 1);
        }
        if (scene->sources[i].name && i < PALETTE_COUNT) draw_key(p, (int)i + 2, c, 1, scene->sources[i].name);
    }
    draw_key(p, 0, plot_ink, 1, "azimuth");
    draw_key(p, 1, plot_ink, 0.35, "elevation");
}

/* Woodworth's rigid sphere of 8.75 cm: (a/c)(theta + sin theta), theta the angle out of the median plane. */
static double sphere_itd_s(pinna_vec3 position)
{
    double lateral = asin((double)pinna_vec3_normalize(position).y);
    return 0.0875 / 343.0 * (lateral + sin(lateral));
}

/* Only where one source sounds is there one ITD to expect. */
static void draw_expected_itd(const plot_panel* p, const pinna_picture* picture)
{
    const pinna_scene* scene = picture->scene;
    for (double t_s = 0; t_s < p->right; t_s += p->right / 1400) {
        size_t count = 0, last = 0;
        for (size_t i = 0; i < scene->source_count; i++)
            if (sounds_at(&scene->sources[i], t_s)) {
                count++;
                last = i;
            }
        pinna_vec3 at;
        if (count == 1 && position_at(picture, last, t_s, &at))
            dot(p, t_s, 1e6 * sphere_itd_s(at), 1.6, plot_faint, 0.45);
    }
    draw_key(p, 1, plot_faint, 0.6, "rigid sphere");
}

static void draw_itd(const plot_panel* p, const pinna_interaural_window* windows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!isnan(windows[i].itd_s)) dot(p, windows[i].middle_s, 1e6 * (double)windows[i].itd_s, 2.4, plot_ink, 0.85);
    draw_key(p, 0, plot_ink, 0.85, "ear signals");
}

static void draw_levels(const plot_panel* p, const pinna_interaural_window* windows, size_t count)
{
    static const char* const names[PINNA_EAR_COUNT] = {"left ear", "right ear"};
    const plot_colour ear_colours[PINNA_EAR_COUNT] = {plot_left_ear, plot_right_ear};
    cairo_set_line_width(p->page, 1.6);
    for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
        plot_set_colour(p->page, ear_colours[ear], 1);
        for (size_t i = 0; i < count; i++)
            cairo_line_to(p->page, plot_x(p, windows[i].middle_s), y_of(p, (double)windows[i].level_db[ear]));
        cairo_stroke(p->page);
        draw_key(p, ear, ear_colours[ear], 1, names[ear]);
    }
}

static void draw_page(cairo_t* page, const void* subject)
{
    const pinna_picture* picture = subject;
    size_t count = 0;
    const pinna_interaural_window* windows = pinna_interaural_windows(picture->trace, &count);
    double duration_s = fmax((double)picture->frame_count / picture->sample_rate_hz, 0.05);
    plot_panel panel = {page, LEFT_EDGE, 84, WIDTH - LEFT_EDGE - RIGHT_EDGE, 210, 0, duration_s, -180, 180, false};
    diagram directions = {panel, 90, "Where the sound is", "degrees; +90 azimuth is left"};
    panel = (plot_panel){page, panel.x, 356, panel.width, 190, 0, duration_s, -900, 900, false};
    diagram itd = {panel, 300, "Time difference between the ears, below 1.5 kHz", "microseconds; + the left ear leads"};
    panel = (plot_panel){page, panel.x, 608, panel.width, 190, 0, duration_s, -72, 0, false};
    diagram levels = {panel, 12, "Level at the ears", "dB re full scale, RMS of 50 ms"};
    const char* title = picture->scene->title;
    plot_text(page, LEFT_EDGE, 36, 0, 20, plot_ink, title ? title : "What reached the ears");
    draw_frame(&directions);
    draw_directions(&directions.panel, picture);
    draw_frame(&itd);
    draw_expected_itd(&itd.panel, picture);
    draw_itd(&itd.panel, windows, count);
    draw_frame(&levels);
    draw_levels(&levels.panel, windows, count);
}

static const pinna_plot_kind page_of_picture = {.width = WIDTH, .height = HEIGHT, .draw = draw_page};

pinna_status pinna_picture_commit(pinna_picture* picture, pinna_report* report)
{
    pinna_status status = PINNA_ERROR_MEMORY;
    if (!picture->out_of_memory && plot_write(PLOT_PNG, &page_of_picture, picture, picture->file)) {
        status = pinna_output_file_commit(picture->file, report);
        picture->file = NULL;
    }
    pinna_picture_discard(picture);
    return status;
}

void pinna_picture_discard(pinna_picture* picture)
{
    if (!picture) return;
    pinna_output_file_discard(picture->file);
    pinna_interaural_destroy(picture->trace);
    free(picture);
}
