/* SPDX-License-Identifier: MIT */
#include "live_paint.h"
#include "live_picture.h"
#include "live_text.h"
#include "progress.h"

#include <cairo.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

/* The inks of live_text.c; those from the seventh on are the sources'. */
static const struct {
    uint8_t red, green, blue;
} inks[] = {{232, 235, 239}, {147, 157, 171}, {116, 126, 141}, {110, 180, 229}, {121, 197, 148}, {237, 169, 101},
            {237, 169, 101}, {110, 180, 229}, {121, 197, 148}, {216, 139, 169}, {177, 156, 224}, {222, 205, 115},
            {104, 197, 195}, {229, 136, 123}, {206, 212, 220}, {188, 148, 115}};

static void print_screen(const pinna_text_screen* screen)
{
    int ink = -1, bold = -1;
    printf("\033[H");
    for (int row = 0; row < screen->rows; row++) {
        for (int column = 0; column < screen->columns; column++) {
            const pinna_text_cell* cell = &screen->cells[row][column];
            if (cell->ink != ink || cell->bold != bold)
                printf("\033[0;%s38;2;%u;%u;%um", cell->bold ? "1;" : "", inks[cell->ink].red, inks[cell->ink].green,
                       inks[cell->ink].blue);
            ink = cell->ink;
            bold = cell->bold;
            fputs(cell->glyph, stdout);
        }
        printf("%s", row + 1 < screen->rows ? "\r\n" : "");
    }
    fflush(stdout);
}

enum { CELL_WIDTH = 10, CELL_HEIGHT = 20, BORDER = 16 };

/* Fonts leave gaps between block characters, terminals do not. U+2588 is a whole cell, U+2589 to 258F seven to one
   eighths of one. */
static bool draw_block(cairo_t* cr, const char* glyph, double x, double y)
{
    const unsigned char* bytes = (const unsigned char*)glyph;
    if (bytes[0] != 0xE2 || bytes[1] != 0x96 || bytes[2] < 0x88 || bytes[2] > 0x8F) return false;
    cairo_rectangle(cr, x, y + 4, CELL_WIDTH * (0x90 - bytes[2]) / 8.0, CELL_HEIGHT - 8);
    cairo_fill(cr);
    return true;
}

static pinna_status draw_screen(const pinna_text_screen* screen, const char* path, pinna_report* report)
{
    cairo_surface_t* surface =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, screen->columns * CELL_WIDTH + 2 * BORDER,
                                   screen->rows * CELL_HEIGHT + 2 * BORDER);
    cairo_t* cr = cairo_create(surface);
    pinna_paint_set(cr, pinna_paint_ground, 1);
    cairo_paint(cr);
    cairo_set_font_size(cr, 16);
    for (int row = 0; row < screen->rows; row++)
        for (int column = 0; column < screen->columns; column++) {
            const pinna_text_cell* cell = &screen->cells[row][column];
            cairo_select_font_face(cr, "DejaVu Sans Mono", CAIRO_FONT_SLANT_NORMAL,
                                   cell->bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
            cairo_set_source_rgb(cr, inks[cell->ink].red / 255.0, inks[cell->ink].green / 255.0,
                                 inks[cell->ink].blue / 255.0);
            double x = BORDER + column * CELL_WIDTH, y = BORDER + row * CELL_HEIGHT;
            if (draw_block(cr, cell->glyph, x, y)) continue;
            cairo_move_to(cr, x, y + 15);
            cairo_show_text(cr, cell->glyph);
        }
    cairo_destroy(cr);
    pinna_status status = pinna_live_picture_write(surface, path, report);
    cairo_surface_destroy(surface);
    return status;
}

/* Where nobody looks at a screen, what has changed and a line a second are enough. */
static void print_line(const pinna_live_session_view* view, double* due_s, char told[200])
{
    const char* text = *view->question ? view->question : view->message;
    if (strcmp(text, told)) {
        snprintf(told, 200, "%s", text);
        if (*text) printf("%s\n", text);
    }
    double now_s = pinna_progress_now_s();
    if (now_s < *due_s) return;
    *due_s = now_s + 1;
    float yaw, pitch, roll;
    pinna_quat_to_yaw_pitch_roll(view->engine.head.pose.orientation, &yaw, &pitch, &roll);
    printf("%6.1f s  %s  head left %+.0f up %+.0f right %+.0f  underruns %llu  load %.0f %%\n",
           pinna_live_player_time_s(view->player), pinna_live_player_name(view->player), round((double)yaw) + 0.0,
           round((double)pitch) + 0.0, round((double)roll) + 0.0, (unsigned long long)view->output.underrun_count,
           100 * view->output.load);
    fflush(stdout);
}

/* Keys come as bytes; arrows as ESC [ and a letter. */
static void take_keys(pinna_live_session* session)
{
    static const char* const arrows[] = {"up", "down", "right", "left"};
    char bytes[32];
    struct pollfd polled = {STDIN_FILENO, POLLIN, 0};
    while (poll(&polled, 1, 0) > 0) {
        ssize_t got = read(STDIN_FILENO, bytes, sizeof bytes);
        if (got <= 0) return;
        for (ssize_t i = 0; i < got; i++) {
            char letter[2] = {bytes[i], '\0'};
            const char* key = letter;
            if (bytes[i] == ' ') key = "space";
            if (bytes[i] == 27) key = "escape";
            if (bytes[i] == 27 && i + 2 < got && bytes[i + 1] == '[' && bytes[i + 2] >= 'A' && bytes[i + 2] <= 'D') {
                key = arrows[bytes[i + 2] - 'A'];
                i += 2;
            }
            pinna_live_action action = pinna_live_action_of_key(key);
            if (action != PINNA_LIVE_ACTION_COUNT) pinna_live_session_act(session, action);
        }
    }
}

/* As large as the terminal, up to what there is to show. What was there before another size is wiped. */
static void fit(pinna_text_screen* screen, bool has_screen)
{
    struct winsize size = {0};
    int rows = PINNA_TEXT_ROWS, columns = PINNA_TEXT_COLUMNS;
    if (has_screen && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_row && size.ws_col) {
        rows = size.ws_row < rows ? size.ws_row : rows;
        columns = size.ws_col < columns ? size.ws_col : columns;
    }
    if (has_screen && (rows != screen->rows || columns != screen->columns)) printf("\033[0m\033[2J");
    screen->rows = rows;
    screen->columns = columns;
}

static bool take_over_terminal(struct termios* before)
{
    if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, before)) return false;
    struct termios raw = *before;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    return tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
}

pinna_status pinna_live_text_run(const pinna_live_face_config* config, const volatile sig_atomic_t* ended,
                                 pinna_report* report)
{
    static pinna_text_screen screen;
    struct termios before;
    char told[200] = "";
    double line_due_s = 0;
    bool has_screen = isatty(STDOUT_FILENO), has_keys = take_over_terminal(&before);
    /* Another screen, no cursor, and lines that are not broken. */
    if (has_screen) printf("\033[?1049h\033[?25l\033[?7l\033[2J");
    while (!*ended && !ferror(stdout) && !pinna_live_session_look(config->session).done) {
        pinna_live_session_update(config->session);
        const pinna_live_session_view view = pinna_live_session_look(config->session);
        fit(&screen, has_screen);
        pinna_live_text_draw(&view, &screen);
        if (has_screen)
            print_screen(&screen);
        else
            print_line(&view, &line_due_s, told);
        if (has_keys) take_keys(config->session);
        nanosleep(&(struct timespec){0, 50000000}, NULL);
    }
    if (has_screen) printf("\033[0m\033[?7h\033[?25h\033[?1049l");
    if (has_keys) tcsetattr(STDIN_FILENO, TCSANOW, &before);
    return config->screenshot ? draw_screen(&screen, config->screenshot, report) : PINNA_OK;
}
