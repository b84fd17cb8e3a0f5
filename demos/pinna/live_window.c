/* SPDX-License-Identifier: MIT */
#include "live_window.h"
#include "live_draw.h"
#include "live_picture.h"

#ifndef PINNA_HAVE_SDL2

bool pinna_live_window_is_possible(void)
{
    return false;
}

pinna_status pinna_live_window_run(const pinna_live_face_config* config, const volatile sig_atomic_t* ended,
                                   pinna_report* report)
{
    (void)config, (void)ended;
    pinna_report_add(report, PINNA_SEVERITY_ERROR, "window", "this program was built without SDL2: use --face text");
    return PINNA_ERROR_UNSUPPORTED;
}

#else

#include <SDL.h>
#include <stdlib.h>
#include <string.h>

enum { FRAMES_PER_SECOND = 40 };

typedef struct window {
    pinna_live_session* session;
    SDL_Window* window;
    SDL_Renderer* renderer;
    SDL_Texture* texture;
    cairo_surface_t* surface;
    pinna_live_drawing drawing;
    int width, height;
    double scale; /* units to pixels */
    double left, top; /* of the picture in the window, pixels */
    bool dragging;
} window;

bool pinna_live_window_is_possible(void)
{
    const char* driver = getenv("SDL_VIDEODRIVER");
    return getenv("DISPLAY") || getenv("WAYLAND_DISPLAY") || (driver && *driver);
}

static pinna_status open_window(window* w, pinna_report* report)
{
    if (!pinna_live_window_is_possible()) { /* SDL would open one that nobody sees */
        pinna_report_add(report, PINNA_SEVERITY_ERROR, "window",
                         "there is no display to open a window on; use --face text");
        return PINNA_ERROR_UNSUPPORTED;
    }
    SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
    SDL_SetHint(SDL_HINT_RENDER_DRIVER, "software"); /* one picture to copy: a graphics driver only costs threads */
    SDL_SetHint(SDL_HINT_VIDEO_ALLOW_SCREENSAVER, "1");
    if (SDL_Init(SDL_INIT_VIDEO) == 0)
        w->window = SDL_CreateWindow("Pinna", SDL_WINDOWPOS_CENTERED, SDL_WINDOWPOS_CENTERED, PINNA_LIVE_WIDTH,
                                     PINNA_LIVE_HEIGHT, SDL_WINDOW_RESIZABLE | SDL_WINDOW_ALLOW_HIGHDPI);
    if (w->window) w->renderer = SDL_CreateRenderer(w->window, -1, 0);
    if (w->renderer) return PINNA_OK;
    pinna_report_add(report, PINNA_SEVERITY_ERROR, "window", "no window can be opened: %s; use --face text",
                     SDL_GetError());
    return PINNA_ERROR_UNSUPPORTED;
}

/* The picture keeps its shape; what is left of the window at its sides stays ground. */
static bool fit(window* w)
{
    int width, height;
    SDL_GetRendererOutputSize(w->renderer, &width, &height);
    if (w->surface && width == w->width && height == w->height) return true;
    if (w->texture) SDL_DestroyTexture(w->texture);
    if (w->surface) cairo_surface_destroy(w->surface);
    w->width = width;
    w->height = height;
    double across = (double)width / PINNA_LIVE_WIDTH, down = (double)height / PINNA_LIVE_HEIGHT;
    w->scale = across < down ? across : down;
    w->left = (width - w->scale * PINNA_LIVE_WIDTH) / 2;
    w->top = (height - w->scale * PINNA_LIVE_HEIGHT) / 2;
    w->surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height);
    w->texture = SDL_CreateTexture(w->renderer, SDL_PIXELFORMAT_RGB888, SDL_TEXTUREACCESS_STREAMING, width, height);
    return w->texture && cairo_surface_status(w->surface) == CAIRO_STATUS_SUCCESS;
}

static void draw(window* w)
{
    if (!fit(w)) return;
    const pinna_live_session_view view = pinna_live_session_look(w->session);
    cairo_t* cr = cairo_create(w->surface);
    cairo_translate(cr, w->left, w->top);
    cairo_scale(cr, w->scale, w->scale);
    pinna_live_draw(cr, &view, &w->drawing);
    cairo_destroy(cr);
    cairo_surface_flush(w->surface);
    SDL_UpdateTexture(w->texture, NULL, cairo_image_surface_get_data(w->surface),
                      cairo_image_surface_get_stride(w->surface));
    SDL_RenderCopy(w->renderer, w->texture, NULL, NULL);
    SDL_RenderPresent(w->renderer);
}

/* Window coordinates may be coarser than pixels. */
static void to_units(const window* w, int x, int y, double* across, double* down)
{
    int width, height;
    SDL_GetWindowSize(w->window, &width, &height);
    *across = (x * (double)w->width / width - w->left) / w->scale;
    *down = (y * (double)w->height / height - w->top) / w->scale;
}

static void press_key(window* w, SDL_Keycode code)
{
    static const struct {
        SDL_Keycode code;
        const char* key;
    } named[] = {{SDLK_LEFT, "left"}, {SDLK_RIGHT, "right"}, {SDLK_UP, "up"},
                 {SDLK_DOWN, "down"}, {SDLK_SPACE, "space"}, {SDLK_ESCAPE, "escape"},
                 {SDLK_EQUALS, "+"},  {SDLK_KP_PLUS, "+"},   {SDLK_KP_MINUS, "-"}};
    char letter[2] = {code > 32 && code < 127 ? (char)code : '\0', '\0'};
    const char* key = letter;
    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++)
        if (named[i].code == code) key = named[i].key;
    pinna_live_action action = pinna_live_action_of_key(key);
    if (action != PINNA_LIVE_ACTION_COUNT) pinna_live_session_act(w->session, action);
}

static void press_mouse(window* w, int x, int y)
{
    double across, down;
    to_units(w, x, y, &across, &down);
    pinna_live_action action = pinna_live_drawing_hit(&w->drawing, across, down);
    const pinna_live_globe* g = &w->drawing.globe;
    if (action != PINNA_LIVE_ACTION_COUNT)
        pinna_live_session_act(w->session, action);
    else if (g->shown && across >= g->x && across <= g->x + g->width && down >= g->y && down <= g->y + g->height)
        pinna_live_session_answer(w->session, (float)(180 - 360 * (across - g->x) / g->width),
                                  (float)(90 - 180 * (down - g->y) / g->height));
    else
        w->dragging = true;
}

/* Dragging turns the head by a third of a degree per pixel. */
static void handle(window* w, const SDL_Event* event, bool* open)
{
    if (event->type == SDL_QUIT) *open = false;
    if (event->type == SDL_KEYDOWN) press_key(w, event->key.keysym.sym);
    if (event->type == SDL_MOUSEBUTTONDOWN) press_mouse(w, event->button.x, event->button.y);
    if (event->type == SDL_MOUSEBUTTONUP) w->dragging = false;
    if (event->type == SDL_MOUSEMOTION && w->dragging)
        pinna_live_session_nudge(w->session, -(float)event->motion.xrel / 3, -(float)event->motion.yrel / 3, 0);
    if (event->type == SDL_MOUSEWHEEL)
        pinna_live_session_act(w->session, event->wheel.y > 0 ? PINNA_LIVE_LOUDER : PINNA_LIVE_SOFTER);
}

static void show(window* w, const volatile sig_atomic_t* ended)
{
    bool open = true;
    while (open && !*ended && !pinna_live_session_look(w->session).done) {
        SDL_Event event;
        while (SDL_PollEvent(&event))
            handle(w, &event, &open);
        pinna_live_session_update(w->session);
        draw(w);
        SDL_Delay(1000 / FRAMES_PER_SECOND);
    }
}

static void close_window(window* w)
{
    if (w->texture) SDL_DestroyTexture(w->texture);
    if (w->surface) cairo_surface_destroy(w->surface);
    if (w->renderer) SDL_DestroyRenderer(w->renderer);
    if (w->window) SDL_DestroyWindow(w->window);
    SDL_Quit();
}

pinna_status pinna_live_window_run(const pinna_live_face_config* config, const volatile sig_atomic_t* ended,
                                   pinna_report* report)
{
    window w = {.session = config->session};
    pinna_status status = open_window(&w, report);
    if (!status) show(&w, ended);
    if (!status && config->screenshot && w.surface)
        status = pinna_live_picture_write(w.surface, config->screenshot, report);
    close_window(&w);
    return status;
}

#endif
