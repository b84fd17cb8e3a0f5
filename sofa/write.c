/* SPDX-License-Identifier: MIT */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* gmtime_r */
#endif
#include <pinna/sofa.h>

#include <stdlib.h>

#ifdef PINNA_SOFA_NETCDF
#include "measured.h"

#include <netcdf.h>

#ifdef PINNA_COVERAGE
void __gcov_dump(void);
#endif
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/*
 * Writes SimpleFreeFieldHRIR 1.0 (AES69-2020) in the form every reader knows: netCDF-4, doubles, one chunk per variable
 * deflated and shuffled, text of fixed length, dimensions that are nothing but sizes.
 */

enum { AXIS_I, AXIS_C, AXIS_R, AXIS_E, AXIS_N, AXIS_M, AXIS_COUNT, TEMPORARY_BYTES = 4096 };

typedef struct writing {
    const pinna_measured_set* set;
    const pinna_sofa_info* info;
    int file, dimensions[AXIS_COUNT];
    size_t sizes[AXIS_COUNT];
    int code; /* The first failure; nothing is done after it. */
} writing;

static void note(writing* w, int code)
{
    if (!w->code) w->code = code;
}

static void put_text(writing* w, int variable, const char* name, const char* text)
{
    if (!w->code) note(w, nc_put_att_text(w->file, variable, name, strlen(text), text));
}

/* Rows of values are made one at a time, since doubles of a large set would take twice its memory. */
typedef void row_maker(const writing* w, size_t row, double* out);

static void put_rows(writing* w, int variable, int rank, const int axes[3], row_maker* make)
{
    size_t start[3] = {0}, sizes[3] = {1, 1, 1}, count = 1;
    for (int d = 0; d < rank; d++) sizes[d] = w->sizes[axes[d]];
    for (int d = 1; d < rank; d++) count *= sizes[d];
    double* row = malloc((count ? count : 1) * sizeof *row);
    if (!row) note(w, NC_ENOMEM);
    size_t row_count = sizes[0];
    sizes[0] = 1;
    for (start[0] = 0; row && !w->code && start[0] < row_count; start[0]++) {
        make(w, start[0], row);
        note(w, nc_put_vara_double(w->file, variable, start, sizes, row));
    }
    free(row);
}

static void put_variable(writing* w, const char* name, const char* axes, const char* type, const char* units,
                         row_maker* make)
{
    static const char letters[] = "ICRENM";
    int variable = 0, rank = (int)strlen(axes), axis[3] = {0}, dimensions[3] = {0};
    size_t chunk[3] = {1, 1, 1};
    if (w->code) return;
    for (int d = 0; d < rank; d++) {
        axis[d] = (int)(strchr(letters, axes[d]) - letters);
        dimensions[d] = w->dimensions[axis[d]];
        chunk[d] = w->sizes[axis[d]];
    }
    if (rank == 3 && axis[0] == AXIS_M && chunk[0] > 64) chunk[0] = 64;
    note(w, nc_def_var(w->file, name, NC_DOUBLE, rank, dimensions, &variable));
    if (!w->code) note(w, nc_def_var_chunking(w->file, variable, NC_CHUNKED, chunk));
    if (!w->code) note(w, nc_def_var_deflate(w->file, variable, 1, 1, 5));
    if (type) put_text(w, variable, "Type", type);
    if (units) put_text(w, variable, "Units", units);
    put_rows(w, variable, rank, axis, make);
}

/* --- the rows --- */

static void zero_row(const writing* w, size_t row, double* out)
{
    (void)w, (void)row;
    out[0] = out[1] = out[2] = 0;
}

static void view_row(const writing* w, size_t row, double* out)
{
    zero_row(w, row, out);
    out[0] = 1;
}

static void up_row(const writing* w, size_t row, double* out)
{
    zero_row(w, row, out);
    out[2] = 1;
}

static void receiver_row(const writing* w, size_t row, double* out)
{
    zero_row(w, row, out);
    out[1] = row == PINNA_LEFT ? 0.09 : -0.09;
}

static void rate_row(const writing* w, size_t row, double* out)
{
    (void)row;
    out[0] = w->set->sample_rate_hz;
}

static void source_row(const writing* w, size_t row, double* out)
{
    pinna_vec3 p = w->set->positions_m[row];
    double x = (double)p.x, y = (double)p.y, z = (double)p.z, degrees = 180 / 3.14159265358979323846;
    out[0] = atan2(y, x) * degrees;
    if (out[0] < 0) out[0] += 360;
    out[1] = atan2(z, hypot(x, y)) * degrees;
    out[2] = sqrt(x * x + y * y + z * z);
}

static void response_row(const writing* w, size_t row, double* out)
{
    size_t count = (size_t)PINNA_EAR_COUNT * w->set->tap_count;
    for (size_t i = 0; i < count; i++) out[i] = (double)w->set->hrirs[row * count + i];
}

static void delay_row(const writing* w, size_t row, double* out)
{
    for (size_t ear = 0; ear < PINNA_EAR_COUNT; ear++)
        out[ear] = w->set->delays_frames ? (double)w->set->delays_frames[row * PINNA_EAR_COUNT + ear] : 0;
}

/* --- the file --- */

static void put_texts(writing* w)
{
    const pinna_sofa_info* i = w->info;
    char now[32] = "1970-01-01 00:00:00";
    time_t seconds = time(NULL);
    struct tm parts;
    if (gmtime_r(&seconds, &parts)) strftime(now, sizeof now, "%Y-%m-%d %H:%M:%S", &parts);
    const char* const texts[][2] = {
        {"Conventions", "SOFA"},
        {"Version", "2.1"},
        {"SOFAConventions", "SimpleFreeFieldHRIR"},
        {"SOFAConventionsVersion", "1.0"},
        {"DataType", "FIR"},
        {"RoomType", "free field"},
        {"APIName", "pinna"},
        {"APIVersion", PINNA_VERSION_STRING},
        {"ApplicationName", "pinna"},
        {"ApplicationVersion", PINNA_VERSION_STRING},
        {"Title", i->title[0] ? i->title : "HRTF"},
        {"DatabaseName", i->database},
        {"ListenerShortName", i->listener},
        {"Organization", i->organization},
        {"License", i->license},
        {"AuthorContact", i->author},
        {"References", i->references},
        {"Comment", i->comment},
        {"DateCreated", i->date[0] ? i->date : now},
        {"DateModified", now},
        {"Origin", i->convention},
        {"History", "Written by pinna convert"},
    };
    /* Some readers take an attribute of no length for a damaged one. */
    for (size_t t = 0; t < sizeof texts / sizeof texts[0]; t++)
        put_text(w, NC_GLOBAL, texts[t][0], texts[t][1][0] ? texts[t][1] : "not stated");
}

static void put_dimensions(writing* w)
{
    static const char* const names[AXIS_COUNT] = {"I", "C", "R", "E", "N", "M"};
    const size_t sizes[AXIS_COUNT] = {1, 3, PINNA_EAR_COUNT, 1, w->set->tap_count, w->set->measurement_count};
    for (int axis = 0; axis < AXIS_COUNT && !w->code; axis++) {
        w->sizes[axis] = sizes[axis];
        note(w, nc_def_dim(w->file, names[axis], sizes[axis], &w->dimensions[axis]));
    }
}

static void put_all(writing* w)
{
    put_dimensions(w);
    put_texts(w);
    put_variable(w, "ListenerPosition", "IC", "cartesian", "metre", zero_row);
    put_variable(w, "ListenerUp", "IC", "cartesian", "metre", up_row);
    put_variable(w, "ListenerView", "IC", "cartesian", "metre", view_row);
    put_variable(w, "ReceiverPosition", "RCI", "cartesian", "metre", receiver_row);
    put_variable(w, "SourcePosition", "MC", "spherical", "degree, degree, metre", source_row);
    put_variable(w, "EmitterPosition", "ECI", "cartesian", "metre", zero_row);
    put_variable(w, "Data.SamplingRate", "I", NULL, "hertz", rate_row);
    put_variable(w, "Data.Delay", w->set->delays_frames ? "MR" : "IR", NULL, "sample", delay_row);
    put_variable(w, "Data.IR", "MRN", NULL, NULL, response_row);
}

/* netCDF's own files in memory are of HDF5's oldest form, which libmysofa does not read, so a file without a future on
   the disk it is. */
static const char* temporary_folder(void)
{
    const char* folder = getenv("TMPDIR");
    return folder && *folder ? folder : "/tmp";
}

static bool make_temporary(char path[TEMPORARY_BYTES])
{
    int length = snprintf(path, TEMPORARY_BYTES, "%s/pinna-sofa-XXXXXX", temporary_folder());
    int file = length < TEMPORARY_BYTES ? mkstemp(path) : -1;
    if (file >= 0) close(file);
    else if (length >= TEMPORARY_BYTES) errno = ENAMETOOLONG;
    return file >= 0;
}

static pinna_status read_temporary(const char* path, pinna_report* report, void** bytes, size_t* byte_count)
{
    pinna_sofa_context context = {.name = path, .report = report};
    unsigned char* read = NULL;
    pinna_status status = pinna_sofa_read_file(&context, &read, byte_count);
    if (status) {
        free(read);
        *byte_count = 0;
        return status;
    }
    *bytes = read;
    return PINNA_OK;
}

/* --- in a child: HDF5 that could not write all keeps what it could not, and crashes over it at a program's end --- */

enum { CRASHED = 1 }; /* netCDF's own codes are 0, negative, or the system's above that of "not permitted" */

static int write_here(writing* w, const char* path)
{
    w->code = nc_create(path, NC_NETCDF4 | NC_CLOBBER, &w->file);
    if (w->code) return w->code;
    put_all(w);
    int code = nc_close(w->file);
    return w->code ? w->code : code;
}

/* A file that gets too large is an error like others; whatever the program does on a crash is not for the child to do.
 */
static void become_quiet(void)
{
    static const int deadly[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTERM, SIGINT, SIGHUP, SIGPIPE};
    const struct rlimit no_core = {0, 0};
    for (size_t i = 0; i < sizeof deadly / sizeof deadly[0]; i++) signal(deadly[i], SIG_DFL);
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_CORE, &no_core);
    if (!freopen("/dev/null", "w", stderr)) fclose(stderr);
}

static int receive_code(int from)
{
    int code = CRASHED;
    ssize_t got;
    do got = read(from, &code, sizeof code);
    while (got < 0 && errno == EINTR);
    return got == sizeof code ? code : CRASHED;
}

static int finish_child(pid_t child, int from)
{
    int code = receive_code(from);
    kill(child, SIGKILL); /* it has nothing more to say */
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR) continue;
    return code;
}

/* @return 0, or what errno says of why there is no child. @param code  Of writing. */
static int write_apart(writing* w, const char* path, int* code)
{
    int ends[2];
    if (pipe(ends) != 0) return errno;
    pid_t child = fork();
    if (child == 0) {
        become_quiet();
        int outcome = write_here(w, path);
#ifdef PINNA_COVERAGE
        __gcov_dump(); /* what ran here counts too */
#endif
        _exit(write(ends[1], &outcome, sizeof outcome) != sizeof outcome);
    }
    int problem = child < 0 ? errno : 0;
    close(ends[1]);
    if (child > 0) *code = finish_child(child, ends[0]);
    close(ends[0]);
    return problem;
}

static pinna_status refuse_system(pinna_report* report, int problem)
{
    pinna_report_add(report, PINNA_SEVERITY_ERROR, "encode", "no process can be started to write it (%s); %s",
                     strerror(problem), pinna_sofa_advice_for(problem));
    return problem == ENOMEM ? PINNA_ERROR_MEMORY : PINNA_ERROR_FILE;
}

static pinna_status refuse_write(pinna_report* report, int code)
{
    pinna_report_add(report, PINNA_SEVERITY_ERROR, "encode",
                     "the set cannot be written as SOFA in %s (%s); make room there, raise the limit of a file's size "
                     "(ulimit -f), or name another folder in TMPDIR", temporary_folder(),
                     code == CRASHED ? "the HDF5 library fails" : nc_strerror(code));
    return code == NC_ENOMEM ? PINNA_ERROR_MEMORY : PINNA_ERROR_FILE;
}

pinna_status pinna_sofa_encode(const pinna_measured_set* set, const pinna_sofa_info* info, pinna_report* report,
                               void** bytes, size_t* byte_count)
{
    static const pinna_sofa_info none;
    char path[TEMPORARY_BYTES];
    if (bytes) *bytes = NULL;
    if (byte_count) *byte_count = 0;
    bool whole = set && set->hrirs && set->positions_m && set->measurement_count && set->tap_count;
    if (!bytes || !byte_count || !whole) return PINNA_ERROR_ARGUMENT;
    if (!make_temporary(path)) {
        pinna_report_add(report, PINNA_SEVERITY_ERROR, "encode",
                         "no temporary file can be made in %s (%s); make room there, or name another folder in TMPDIR",
                         temporary_folder(), strerror(errno));
        return PINNA_ERROR_FILE;
    }
    writing w = {.set = set, .info = info ? info : &none};
    int code = NC_NOERR, problem = write_apart(&w, path, &code);
    pinna_status status = problem ? refuse_system(report, problem)
                          : code  ? refuse_write(report, code)
                                  : read_temporary(path, report, bytes, byte_count);
    unlink(path);
    return status;
}

#else

pinna_status pinna_sofa_encode(const pinna_measured_set* set, const pinna_sofa_info* info, pinna_report* report,
                               void** bytes, size_t* byte_count)
{
    (void)set, (void)info;
    if (bytes) *bytes = NULL;
    if (byte_count) *byte_count = 0;
    pinna_report_add(report, PINNA_SEVERITY_ERROR, "encode",
                     "SOFA files are written through netCDF-C, which this build is without; build with PINNA_NETCDF");
    return PINNA_ERROR_UNSUPPORTED;
}

#endif

void pinna_sofa_free(void* bytes)
{
    free(bytes);
}
