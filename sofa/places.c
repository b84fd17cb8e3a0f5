/* SPDX-License-Identifier: MIT */
/* Where this user's programs keep what is his: the XDG base directories, and Windows' equivalents. */
#include <pinna/load.h>

#include "measured.h"

#include <stdio.h>
#include <stdlib.h>

#ifdef _WIN32
#define CONFIG_VARIABLE "APPDATA"
#define CACHE_VARIABLE "LOCALAPPDATA"
#else
#include <unistd.h>
#define CONFIG_VARIABLE "XDG_CONFIG_HOME"
#define CACHE_VARIABLE "XDG_CACHE_HOME"
#endif

static bool is_set(const char* text)
{
    return text && *text;
}

/* The specification has relative paths ignored; Windows' variables begin with a drive. */
static bool is_absolute(const char* path)
{
    return is_set(path) && (path[0] == '/' || path[0] == '\\' || path[1] == ':');
}

static bool put(char* path, size_t capacity, const char* base, const char* middle, const char* name)
{
    int length = snprintf(path, capacity, "%s%s%s", base, middle, name);
    if (length >= 0 && (size_t)length < capacity) return true;
    path[0] = '\0';
    return false;
}

static bool find_place(char* path, size_t capacity, const char* variable, const char* home_folder, const char* name)
{
    const char *base = getenv(variable), *home = getenv("HOME");
    path[0] = '\0';
    if (is_absolute(base)) return put(path, capacity, base, "/pinna", name);
    return is_absolute(home) && put(path, capacity, home, home_folder, name);
}

/* Asked without opening it where that can be: a program that may open no more files has not lost them. */
bool pinna_sofa_is_readable(const char* path)
{
#ifdef _WIN32
    FILE* file = fopen(path, "rb");
    if (file) fclose(file);
    return file != NULL;
#else
    return access(path, R_OK) == 0;
#endif
}

bool pinna_load_personal_path(char* path, size_t capacity)
{
    if (!path || capacity == 0) return false;
    const char* chosen = getenv("PINNA_HRTF");
    path[0] = '\0';
    if (chosen) return *chosen && put(path, capacity, chosen, "", ""); /* there or not: it was asked for */
    if (find_place(path, capacity, CONFIG_VARIABLE, "/.config/pinna", "/hrtf.sofa") && pinna_sofa_is_readable(path)) return true;
    path[0] = '\0';
    return false;
}

bool pinna_load_cache_folder(char* path, size_t capacity)
{
    if (!path || capacity == 0) return false;
    return find_place(path, capacity, CACHE_VARIABLE, "/.cache/pinna", "");
}
