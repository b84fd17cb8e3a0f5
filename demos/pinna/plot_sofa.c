/* SPDX-License-Identifier: MIT */
#include "plot.h"

#include <pinna/sofa.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { WIDTH = 1280, HEIGHT = 900, COLUMNS = 361, ROWS = 160, FAR_DEG = 8 };

static const double pi = 3.14159265358979323846, lowest_hz = 100, highest_hz = 20000, range_db = 40;

/* Levels of the left ear, one map over azimuth on the horizon and one over elevation in the median plane. */
typedef struct level_map {
    float db[COLUMNS][ROWS];
    bool measured[COLUMNS]; /* Or within FAR_DEG of where it was. */
    bool is_whole;
} level_map;

typedef struct subject {
    pinna_sofa* sofa;
    pinna_hrtf* hrtf;
    const char* name;
    double rate_hz, loudest_db;
    float* itd_s; /* [measurement] + the left ear leads */
    level_map horizon, median;
} subject;

/* --- finding out --- */

static double level_db(const float* taps, uint32_t tap_count, double radians_per_frame)
{
    double c = 2 * cos(radians_per_frame), s1 = 0, s2 = 0;
    for (uint32_t i = 0; i < tap_count; i++) {
        double s0 = (double)taps[i] + c * s1 - s2;
        s2 = s1, s1 = s0;
    }
    return 10 * log10(s1 * s1 + s2 * s2 - c * s1 * s2 + 1e-12);
}

static double frequency_of(int row)
{
    return lowest_hz * pow(highest_hz / lowest_hz, (row + 0.5) / ROWS);
}

/* Column 0 is azimuth +180 or elevation -90; the last azimuth -180 or, over the head and down behind, elevation 270. */
static pinna_vec3 direction_of(int column, bool is_median)
{
    double turn = column * 2 * pi / (COLUMNS - 1);
    return is_median ? (pinna_vec3){(float)sin(turn), 0, (float)-cos(turn)}
                     : (pinna_vec3){(float)-cos(turn), (float)sin(turn), 0};
}

static void find_coverage(const subject* s, level_map* map, bool is_median)
{
    const pinna_measured_set* set = pinna_sofa_measured(s->sofa);
    float near = (float)cos(FAR_DEG * pi / 180);
    map->is_whole = true;
    for (int column = 0; column < COLUMNS; column++) {
        pinna_vec3 direction = direction_of(column, is_median);
        for (uint32_t m = 0; m < set->measurement_count && !map->measured[column]; m++)
            map->measured[column] = pinna_vec3_dot(pinna_vec3_normalize(set->positions_m[m]), direction) > near;
        map->is_whole = map->is_whole && map->measured[column];
    }
}

static void fill_map(subject* s, level_map* map, bool is_median, float* taps)
{
    pinna_hrtf_info info = pinna_hrtf_get_info(s->hrtf);
    float delay_frames[PINNA_EAR_COUNT];
    for (int column = 0; column < COLUMNS; column++) {
        pinna_vec3 direction = direction_of(column, is_median);
        pinna_hrtf_lookup(s->hrtf, direction, taps, taps + info.tap_count, delay_frames);
        for (int row = 0; row < ROWS; row++) {
            double hz = frequency_of(row);
            double db = hz < s->rate_hz / 2 ? level_db(taps, info.tap_count, 2 * pi * hz / s->rate_hz) : -120;
            map->db[column][row] = (float)db;
            s->loudest_db = fmax(s->loudest_db, db);
        }
    }
}

static void find_itds(subject* s, float* taps)
{
    const pinna_measured_set* set = pinna_sofa_measured(s->sofa);
    uint32_t tap_count = pinna_hrtf_get_info(s->hrtf).tap_count;
    for (uint32_t m = 0; m < set->measurement_count; m++) {
        float delay_frames[PINNA_EAR_COUNT];
        pinna_hrtf_lookup(s->hrtf, pinna_vec3_normalize(set->positions_m[m]), taps, taps + tap_count, delay_frames);
        s->itd_s[m] = (delay_frames[PINNA_RIGHT] - delay_frames[PINNA_LEFT]) / (float)s->rate_hz;
    }
}

static void release(void* one)
{
    subject* s = one;
    if (!s) return;
    pinna_hrtf_release(s->hrtf);
    pinna_sofa_destroy(s->sofa);
    free(s->itd_s);
    free(s);
}

static pinna_status find_out(subject* s, const char* path, pinna_report* report)
{
    pinna_status status = pinna_sofa_load(path, report, &s->sofa);
    if (status) return status;
    const pinna_measured_set* set = pinna_sofa_measured(s->sofa);
    pinna_prepare_config config = pinna_prepare_config_default();
    status = pinna_hrtf_prepare(set, &config, report, &s->hrtf);
    if (status) return status;
    s->rate_hz = config.sample_rate_hz;
    s->itd_s = malloc(set->measurement_count * sizeof *s->itd_s);
    float* taps = malloc((size_t)PINNA_EAR_COUNT * pinna_hrtf_get_info(s->hrtf).tap_count * sizeof *taps);
    if (s->itd_s && taps) {
        find_itds(s, taps);
        fill_map(s, &s->horizon, false, taps);
        fill_map(s, &s->median, true, taps);
        find_coverage(s, &s->horizon, false);
        find_coverage(s, &s->median, true);
    } else {
        status = PINNA_ERROR_MEMORY;
    }
    free(taps);
    return status;
}

static pinna_status load(const char* path, pinna_report* report, void** out)
{
    subject* s = calloc(1, sizeof *s);
    if (!s) return PINNA_ERROR_MEMORY;
    const char* slash = strrchr(path, '/');
    s->name = slash ? slash + 1 : path;
    s->loudest_db = -INFINITY;
    pinna_status status = find_out(s, path, report);
    if (status) release(s);
    else *out = s;
    return status;
}

static bool takes(const char* path, const unsigned char* start, size_t byte_count)
{
    const char* dot = strrchr(path, '.');
    return (byte_count > 4 && memcmp(start, "\x89HDF", 4) == 0) || (dot && !strcasecmp(dot, ".sofa"));
}

/* --- the globe --- */

/* Hammer's projection shows all directions with their true share of the sphere; the front is in the middle, left on the
   left. */
typedef struct globe {
    cairo_t* page;
    double x, y, radius; /* Middle; half the height. */
} globe;

static void project(const globe* g, double azimuth_deg, double elevation_deg, double* x, double* y)
{
    double a = azimuth_deg * pi / 180, e = elevation_deg * pi / 180, down = sqrt(1 + cos(e) * cos(a / 2));
    *x = g->x - 2 * g->radius * cos(e) * sin(a / 2) / down;
    *y = g->y - g->radius * sin(e) / down;
}

static void draw_arc(const globe* g, double fixed_deg, bool is_parallel)
{
    for (int i = 0; i <= 90; i++) {
        double t = is_parallel ? -180 + 4.0 * i : -90 + 2.0 * i, x, y;
        project(g, is_parallel ? t : fixed_deg, is_parallel ? fixed_deg : t, &x, &y);
        cairo_line_to(g->page, x, y);
    }
    cairo_stroke(g->page);
}

static void draw_graticule(const globe* g)
{
    static const plot_tick places[] = {{180, "back"}, {90, "left"}, {0, "front"}, {-90, "right"}, {-180, "back"}};
    cairo_set_line_width(g->page, 1);
    plot_set_colour(g->page, plot_grid, 1);
    for (int e = -60; e <= 60; e += 30) draw_arc(g, e, true);
    for (int a = -180; a <= 180; a += 30) draw_arc(g, a, false);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        double x, y;
        project(g, places[i].value, 0, &x, &y);
        double align = places[i].value == 180 ? 1.2 : places[i].value == -180 ? -0.2 : 0.5;
        double below = fabs(places[i].value) == 180 ? 4 : g->radius * 1.0 + 22;
        plot_text(g->page, x, g->y + below, align, 12, plot_faint, places[i].label);
    }
}

static plot_colour radius_colour(double radius_m, double least_m, double most_m)
{
    if (most_m < least_m * 1.03) return plot_left_ear;
    return plot_ramp(0.1 + 0.75 * log(radius_m / least_m) / log(most_m / least_m));
}

static void draw_globe(cairo_t* page, const subject* s)
{
    const pinna_measured_set* set = pinna_sofa_measured(s->sofa);
    globe g = {page, 330, 268, 130};
    double least_m = INFINITY, most_m = 0;
    for (uint32_t m = 0; m < set->measurement_count; m++) {
        double radius_m = (double)pinna_vec3_length(set->positions_m[m]);
        least_m = fmin(least_m, radius_m), most_m = fmax(most_m, radius_m);
    }
    draw_graticule(&g);
    double size = fmin(3.2, fmax(0.8, 90 / sqrt(set->measurement_count)));
    for (uint32_t m = 0; m < set->measurement_count; m++) {
        pinna_spherical at = pinna_spherical_from_vec3(set->positions_m[m]);
        double x, y;
        project(&g, (double)at.azimuth_deg, (double)at.elevation_deg, &x, &y);
        plot_dot(page, x, y, size, radius_colour((double)at.distance_m, least_m, most_m), 0.9);
    }
    char text[96];
    if (most_m < least_m * 1.03)
        snprintf(text, sizeof text, "%u measurements at %.2f m", set->measurement_count, most_m);
    else
        snprintf(text, sizeof text, "%u measurements, %.2f m (dark) to %.2f m (bright)", set->measurement_count,
                 least_m, most_m);
    plot_text(page, 70, 107, 0, 15, plot_ink, "Where it was measured");
    plot_text(page, 590, 107, 1, 12, plot_faint, text);
}

/* --- the time between the ears --- */

static const plot_tick azimuths[] = {{180, "180 back"}, {135, "135"}, {90, "90 left"},  {45, "45"},     {0, "0 front"},
                                     {-45, "-45"},      {-90, "-90 right"}, {-135, "-135"}, {-180, "-180"}, {0, NULL}};

/* Woodworth's rigid sphere of 8.75 cm on the horizon: (a/c)(theta + sin theta), theta the angle out of the median
   plane. */
static void draw_sphere(const plot_panel* p)
{
    plot_set_colour(p->page, plot_faint, 0.8);
    cairo_set_line_width(p->page, 1.2);
    for (int a = 180; a >= -180; a -= 2) {
        double lateral = asin(sin(a * pi / 180));
        cairo_line_to(p->page, plot_x(p, a), plot_y(p, 1e6 * 0.0875 / 343 * (lateral + sin(lateral))));
    }
    cairo_stroke(p->page);
}

static void draw_itd(cairo_t* page, const subject* s)
{
    static const plot_tick times[] = {{-900, "-900"}, {-600, "-600"}, {-300, "-300"}, {0, "0"},
                                      {300, "300"},   {600, "600"},   {900, "900"},   {0, NULL}};
    plot_panel p = {page, 720, 120, 500, 300, 180, -180, -900, 900, false};
    const pinna_measured_set* set = pinna_sofa_measured(s->sofa);
    plot_frame(&p, "Time between the ears", "microseconds; + the left ear leads", azimuths, times);
    draw_sphere(&p);
    double size = fmin(2.6, fmax(0.7, 70 / sqrt(set->measurement_count)));
    for (int horizon = 0; horizon < 2; horizon++)
        for (uint32_t m = 0; m < set->measurement_count; m++) {
            pinna_spherical at = pinna_spherical_from_vec3(set->positions_m[m]);
            bool is_level = fabsf(at.elevation_deg) < 2;
            if (is_level != horizon || fabsf(at.elevation_deg) > 89) continue;
            double itd_us = fmin(fmax(1e6 * (double)s->itd_s[m], p.bottom), p.top);
            double x = plot_x(&p, (double)at.azimuth_deg), y = plot_y(&p, itd_us);
            plot_dot(page, x, y, is_level ? 2.4 : size, is_level ? plot_right_ear : plot_left_ear, is_level ? 1 : 0.35);
        }
    double x = p.x + p.width - 175; /* Where the curve is not. */
    plot_dot(page, x, p.y + 16, 3, plot_right_ear, 1);
    plot_text(page, x + 10, p.y + 20, 0, 12, plot_ink, "on the horizon");
    plot_dot(page, x, p.y + 34, 3, plot_left_ear, 0.5);
    plot_text(page, x + 10, p.y + 38, 0, 12, plot_ink, "above and below");
    plot_set_colour(page, plot_faint, 0.8);
    plot_line(page, x - 6, p.y + 52, x + 6, p.y + 52);
    plot_text(page, x + 10, p.y + 56, 0, 12, plot_ink, "rigid sphere of 8.75 cm");
}

/* --- the level maps --- */

static void paint_map(const plot_panel* p, const level_map* map, double loudest_db)
{
    cairo_surface_t* image = cairo_image_surface_create(CAIRO_FORMAT_RGB24, COLUMNS, ROWS);
    unsigned char* pixels = cairo_image_surface_get_data(image);
    int stride = cairo_image_surface_get_stride(image);
    for (int row = 0; pixels && row < ROWS; row++)
        for (int column = 0; column < COLUMNS; column++) {
            plot_colour c = plot_ramp(1 + ((double)map->db[column][ROWS - 1 - row] - loudest_db) / range_db);
            uint32_t packed = (uint32_t)(255 * c.red + 0.5) << 16 | (uint32_t)(255 * c.green + 0.5) << 8 |
                              (uint32_t)(255 * c.blue + 0.5);
            memcpy(pixels + row * stride + 4 * column, &packed, sizeof packed);
        }
    cairo_surface_mark_dirty(image);
    cairo_save(p->page);
    cairo_rectangle(p->page, p->x, p->y, p->width, p->height);
    cairo_clip(p->page);
    cairo_translate(p->page, p->x, p->y);
    cairo_scale(p->page, p->width / COLUMNS, p->height / ROWS);
    cairo_set_source_surface(p->page, image, 0, 0);
    cairo_pattern_set_extend(cairo_get_source(p->page), CAIRO_EXTEND_PAD);
    cairo_paint(p->page);
    cairo_restore(p->page);
    cairo_surface_destroy(image);
}

/* What nobody measured is filled in by the engine, and shown pale. */
static void veil_gaps(const plot_panel* p, const level_map* map)
{
    double width = p->width / COLUMNS;
    for (int column = 0; column < COLUMNS; column++) {
        if (map->measured[column]) continue;
        cairo_set_source_rgba(p->page, 1, 1, 1, 0.6);
        int first = column;
        while (column + 1 < COLUMNS && !map->measured[column + 1]) column++;
        cairo_rectangle(p->page, p->x + first * width, p->y, (column + 1 - first) * width, p->height);
        cairo_fill(p->page);
    }
}

static void draw_map(cairo_t* page, const subject* s, bool is_median)
{
    static const plot_tick frequencies[] = {{100, "100"}, {200, "200"},   {500, "500"},   {1000, "1k"}, {2000, "2k"},
                                            {5000, "5k"}, {10000, "10k"}, {20000, "20k"}, {0, NULL}};
    static const plot_tick elevations[] = {{-90, "-90 below"}, {-45, "-45"}, {0, "0 front"},    {45, "45"},
                                           {90, "90 above"},   {135, "135"}, {180, "180 back"}, {225, "225"},
                                           {270, "270"},       {0, NULL}};
    plot_panel p = {page, is_median ? 720 : 70, 520, is_median ? 500 : 520, 300, is_median ? -90 : 180,
                    is_median ? 270 : -180, lowest_hz, highest_hz, true};
    const level_map* map = is_median ? &s->median : &s->horizon;
    char unit[64];
    snprintf(unit, sizeof unit, "Hz, %s%s", is_median ? "median plane" : "horizon",
             map->is_whole ? "" : "; pale: not measured");
    plot_frame(&p, is_median ? "Left ear's level over elevation" : "Left ear's level over azimuth", unit,
               is_median ? elevations : azimuths, frequencies);
    paint_map(&p, map, s->loudest_db);
    veil_gaps(&p, map);
}

static void draw_scale(cairo_t* page)
{
    enum { STEPS = 120, LEFT = 470, TOP = 866, LENGTH = 340 };
    for (int i = 0; i < STEPS; i++) {
        plot_set_colour(page, plot_ramp((i + 0.5) / STEPS), 1);
        cairo_rectangle(page, LEFT + (double)i * LENGTH / STEPS, TOP, (double)LENGTH / STEPS + 0.5, 10);
        cairo_fill(page);
    }
    for (int db = 0; db <= (int)range_db; db += 10) {
        char label[16];
        snprintf(label, sizeof label, "%d dB", db - (int)range_db);
        plot_text(page, LEFT + db * LENGTH / range_db, TOP + 25, 0.5, 11, plot_faint, label);
    }
}

static void draw(cairo_t* page, const void* one)
{
    const subject* s = one;
    const pinna_sofa_info* info = pinna_sofa_get_info(s->sofa);
    char line[512];
    plot_text(page, 70, 44, 0, 22, plot_ink, s->name);
    snprintf(line, sizeof line, "%.80s%s%.20s, %u samples at %.0f Hz%s%.80s%s%.80s", info->convention,
             info->convention[0] ? " " : "", info->convention_version, info->tap_count, info->sample_rate_hz,
             info->database[0] ? "; " : "", info->database, info->listener[0] ? ", listener " : "", info->listener);
    plot_text(page, 70, 68, 0, 13, plot_faint, line);
    draw_globe(page, s);
    draw_itd(page, s);
    draw_map(page, s, false);
    draw_map(page, s, true);
    draw_scale(page);
}

const pinna_plot_kind pinna_plot_sofa = {.inputs = "a SOFA file",
                                         .width = WIDTH,
                                         .height = HEIGHT,
                                         .takes = takes,
                                         .load = load,
                                         .draw = draw,
                                         .release = release};
