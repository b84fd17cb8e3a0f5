/* SPDX-License-Identifier: MIT */
#include "demos/support.h"
#include "live_draw.h"
#include "live_text.h"
#include "live_window.h"
#include "stage.h"

#include <cairo.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUIET " --silent --tracker none --opentrack-port 0 --osc-port 0 --freepie-port 0 -q"

/* How many different colours a picture has: a blank one has few. */
static int count_colours(const char* name)
{
    cairo_surface_t* picture = cairo_image_surface_create_from_png(name);
    cr_assert_eq(cairo_surface_status(picture), CAIRO_STATUS_SUCCESS, "%s", name);
    static bool seen[1 << 15];
    memset(seen, 0, sizeof seen);
    int count = 0, width = cairo_image_surface_get_width(picture), height = cairo_image_surface_get_height(picture);
    for (int y = 0; y < height; y++) {
        const unsigned char* row = cairo_image_surface_get_data(picture) + y * cairo_image_surface_get_stride(picture);
        for (int x = 0; x < width; x++) {
            int colour = row[4 * x] >> 3 | row[4 * x + 1] >> 3 << 5 | row[4 * x + 2] >> 3 << 10;
            count += !seen[colour];
            seen[colour] = true;
        }
    }
    cairo_surface_destroy(picture);
    return count;
}

Test(face, without_a_display_it_is_text, .timeout = 60)
{
    enter_folder();
    outcome o = run_tool_after("unset DISPLAY WAYLAND_DISPLAY SDL_VIDEODRIVER;",
                               "live --scene orchestra --seconds 1.2 --screenshot t.png" QUIET);
    cr_assert_eq(o.exit_code, 0, "%s", o.err);
    cr_expect(strstr(o.out, "orchestra"), "%s", o.out);
    cr_expect_gt(count_colours("t.png"), 20);
}

static void join_row(const pinna_text_screen* screen, int row, char text[5 * PINNA_TEXT_COLUMNS + 1])
{
    *text = '\0';
    for (int column = 0; column < screen->columns; column++)
        strcat(text, screen->cells[row][column].glyph);
}

static bool says(const pinna_text_screen* screen, const char* words)
{
    char text[5 * PINNA_TEXT_COLUMNS + 1];
    for (int row = 0; row < screen->rows; row++) {
        join_row(screen, row, text);
        if (strstr(text, words)) return true;
    }
    return false;
}

static void check_stays_within(const pinna_text_screen* screen)
{
    for (int row = 0; row < PINNA_TEXT_ROWS; row++)
        for (int column = 0; column < PINNA_TEXT_COLUMNS; column++)
            if (row >= screen->rows || column >= screen->columns)
                cr_assert_str_eq(screen->cells[row][column].glyph, " ", "row %d, column %d", row, column);
}

/* The usual terminal shows all that matters; a smaller one what fits, and the keys last. */
Test(face, text_fits_the_terminal, .timeout = 60)
{
    static pinna_text_screen screen;
    stage s = stage_start("orchestra", 0);
    stage_render(&s, NULL, 100);
    const pinna_live_session_view view = pinna_live_session_look(s.session);
    const struct {
        int rows, columns;
        const char* shown[6];
    } sizes[] = {{32, 100, {"timpani", "SOUND", "of a core", "q end", "invert yaw, pitch, roll", "5 m"}},
                 {24, 80, {"violins II", "more", "HEAD TRACKER", "underruns", "q end", "from the conductor's place"}},
                 {20, 60, {"SOURCES", "HEAD TRACKER", "SOUND", "q end", NULL}},
                 {14, 40, {"HEAD TRACKER", NULL}},
                 {5, 20, {"Orchestra", NULL}},
                 {1, 1, {NULL}}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        screen.rows = sizes[i].rows;
        screen.columns = sizes[i].columns;
        pinna_live_text_draw(&view, &screen);
        check_stays_within(&screen);
        for (int k = 0; k < 6 && sizes[i].shown[k]; k++)
            cr_expect(says(&screen, sizes[i].shown[k]), "%d x %d: '%s' is missing", screen.rows, screen.columns,
                      sizes[i].shown[k]);
        cr_expect(!says(&screen, "-0°"), "minus nothing");
    }
    stage_stop(&s);
}

Test(face, under_xvfb_a_window_opens, .timeout = 120)
{
    enter_folder();
    if (system("command -v xvfb-run >/dev/null")) cr_skip_test("no Xvfb here");
    char command[768];
    snprintf(
        command, sizeof command,
        /* Of what SDL loads for a window some bytes are left, by libraries that are gone when they are to be named. */
        "ASAN_OPTIONS=\"$ASAN_OPTIONS:detect_leaks=0\" timeout 60 xvfb-run -a '%s/pinna' live --face window "
        "--scene helicopter --seconds 2 --screenshot w.png%s >.log 2>&1",
        PINNA_BINARY_DIR, QUIET);
    if (system(command)) {
        outcome o = run_tool("live --face window --seconds 0.1" QUIET);
        if (strstr(o.err, "without SDL2")) cr_skip_test("built without SDL2");
        cr_assert(false, "the window failed");
    }
    cr_expect_gt(count_colours("w.png"), 60);
}

Test(face, a_window_without_a_display_is_refused_in_a_sentence)
{
    enter_folder();
    outcome o =
        run_tool_after("unset DISPLAY WAYLAND_DISPLAY SDL_VIDEODRIVER;", "live --face window --seconds 2" QUIET);
    cr_expect(o.exit_code == 1 && is_one_line(o.err) && strstr(o.err, "--face text"), "%s", o.err);
}

Test(face, buttons_are_where_they_are_drawn)
{
    const pinna_live_drawing drawing = {.hit_count = 1, .hits = {{10, 20, 30, 40, PINNA_LIVE_NEXT_SCENE}}};
    cr_expect_eq(pinna_live_drawing_hit(&drawing, 25, 30), PINNA_LIVE_NEXT_SCENE);
    cr_expect_eq(pinna_live_drawing_hit(&drawing, 41, 30), PINNA_LIVE_ACTION_COUNT);
    cr_expect_eq(pinna_live_action_of_key("n"), PINNA_LIVE_NEXT_SCENE);
    cr_expect_eq(pinna_live_action_of_key("moo"), PINNA_LIVE_ACTION_COUNT);
}
