/* SPDX-License-Identifier: MIT */
#include "sofa_test.h"

#ifdef PINNA_SOFA_NETCDF
#include <math.h>
#include <netcdf.h>
#include <unistd.h>

/*
 * One head, written in every way laboratories write SOFA: conventions, units, shapes, number formats, storage. Each
 * file must give the plain one's directions and responses within -80 dB.
 */

enum { AZIMUTHS = 24, RINGS = 3, COUNT = AZIMUTHS * RINGS, TAPS = 128, MAX_RANK = 4, SECTIONS = 2, BINS = TAPS / 2 + 1 };

static const double pi = 3.14159265358979323846;

/* What a file is to hold and how. Zeroed, it is a plain SimpleFreeFieldHRIR. */
typedef struct plan {
    double rate_hz;
    double responses[COUNT][PINNA_EAR_COUNT][TAPS];
    double positions[COUNT][3]; /* degrees, metres */
    const char *convention, *data_type, *room_type;
    const char *position_type, *position_units;
    const char* response_axes; /* "MRN" */
    const char* delay_axes;    /* "IR"; NULL: none */
    const char* position_axes; /* "MC" */
    double delays[COUNT][PINNA_EAR_COUNT];
    bool emitters;             /* Directions are emitters of one measurement; Data.IR [M=1][R][N][E] or as axes say. */
    bool source_at_origin;     /* EmitterPosition [E=1][3][M] tells the directions. */
    bool turns_listener;       /* SourcePosition is one, ListenerView turns. */
    bool receivers_exchanged, hearing_aid, no_texts, string_texts, rates_per_measurement;
    bool spectra, no_zero_bin, centred, reversed, sections;
    int format;                /* for nc_create */
    nc_type number;
    int endian, shuffle, deflate, checksum, storage;
    size_t chunk;              /* Measurements in one. */
    bool unlimited, lower_case;
    /* While writing: */
    int file, dimensions[128];
} plan;

static pinna_vec3 direction_of(const plan* p, int m)
{
    return pinna_direction_from_spherical((float)p->positions[m][0], (float)p->positions[m][1]);
}

/* A response begins sooner and louder at the nearer ear, and decays with a resonance that depends on the direction. */
static plan* new_plan(void)
{
    plan* p = calloc(1, sizeof *p);
    p->rate_hz = 48000;
    p->format = NC_NETCDF4 | NC_CLOBBER;
    p->number = NC_DOUBLE;
    for (int m = 0; m < COUNT; m++) {
        p->positions[m][0] = m % AZIMUTHS * 360.0 / AZIMUTHS;
        p->positions[m][1] = (m / AZIMUTHS - 1) * 40;
        p->positions[m][2] = 1.5;
        pinna_vec3 d = direction_of(p, m);
        for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
            double towards = ear == PINNA_LEFT ? (double)d.y : -(double)d.y;
            int onset = 24 - (int)lrint(12 * towards);
            for (int n = onset; n < TAPS - 4; n++)
                p->responses[m][ear][n] = (0.5 + 0.4 * towards) * exp(-0.09 * (n - onset)) *
                                          cos((0.2 + 0.05 * m / COUNT) * (n - onset) + (double)d.z);
        }
    }
    return p;
}

/* --- writing --- */

static void check(int code)
{
    cr_assert_eq(code, NC_NOERR, "%s", nc_strerror(code));
}

static size_t size_of(const plan* p, char axis)
{
    switch (axis) {
    case 'M': return p->emitters ? 1 : COUNT;
    case 'E': return p->emitters ? COUNT : 1;
    case 'R': return p->hearing_aid ? 6 : PINNA_EAR_COUNT;
    case 'N': return p->spectra ? (size_t)BINS - p->no_zero_bin : p->sections ? 6 * SECTIONS : TAPS;
    case 'C': return 3;
    default: return 1;
    }
}

static void put_text(plan* p, int variable, const char* name, const char* text)
{
    if (!text) return;
    if (p->string_texts) check(nc_put_att_string(p->file, variable, name, 1, &text));
    else check(nc_put_att_text(p->file, variable, name, strlen(text), text));
}

/* Every variable but the responses is written as it comes; those in the storage asked for. */
static int define(plan* p, const char* name, const char* axes)
{
    int variable, dimensions[MAX_RANK], rank = (int)strlen(axes);
    for (int d = 0; d < rank; d++) dimensions[d] = p->dimensions[(int)axes[d]];
    check(nc_def_var(p->file, name, p->number, rank, dimensions, &variable));
    bool is_netcdf4 = p->format & NC_NETCDF4, is_large = strncmp(name, "Data.", 5) == 0 && rank > 2;
    if (is_netcdf4 && p->endian) check(nc_def_var_endian(p->file, variable, p->endian));
    if (is_netcdf4 && is_large && (p->deflate || p->shuffle))
        check(nc_def_var_deflate(p->file, variable, p->shuffle, p->deflate > 0, p->deflate));
    if (is_netcdf4 && is_large && p->checksum) check(nc_def_var_fletcher32(p->file, variable, NC_FLETCHER32));
    if (is_netcdf4 && is_large && p->chunk) {
        size_t sizes[MAX_RANK];
        for (int d = 0; d < rank; d++) sizes[d] = axes[d] == 'M' ? p->chunk : size_of(p, axes[d]);
        check(nc_def_var_chunking(p->file, variable, NC_CHUNKED, sizes));
    }
    if (is_netcdf4 && !is_large && p->storage) check(nc_def_var_chunking(p->file, variable, p->storage, NULL));
    return variable;
}

static void put(plan* p, const char* name, const char* axes, const double* values, const char* type, const char* units)
{
    size_t start[MAX_RANK] = {0}, sizes[MAX_RANK];
    int variable = define(p, name, axes);
    for (size_t d = 0; axes[d]; d++) sizes[d] = size_of(p, axes[d]);
    put_text(p, variable, "Type", type);
    put_text(p, variable, "Units", units);
    nc_enddef(p->file);
    check(nc_put_vara_double(p->file, variable, start, sizes, values));
    nc_redef(p->file);
}

/* Puts what `at` gives for measurement (or emitter), receiver and sample in the order of axes. */
static void put_responses(plan* p, const char* name, double (*at)(const plan* p, int m, int ear, int n))
{
    const char* axes = p->response_axes ? p->response_axes : "MRN";
    size_t rank = strlen(axes), count = 1, sizes[MAX_RANK];
    for (size_t d = 0; d < rank; d++) sizes[d] = size_of(p, axes[d]), count *= sizes[d];
    double* values = malloc(count * sizeof *values);
    for (size_t i = 0; i < count; i++) {
        int index[128] = {0};
        size_t rest = i;
        for (size_t d = rank; d-- > 0; rest /= sizes[d]) index[(int)axes[d]] = (int)(rest % sizes[d]);
        int receiver = index['R'], ear = p->receivers_exchanged ? 1 - receiver : receiver;
        if (p->hearing_aid) ear = receiver == 2 ? 1 : receiver == 3 ? 0 : -1; /* Among others, and the other way round. */
        values[i] = ear < 0 ? 0.01 * index['N'] : at(p, index['M'] + index['E'], ear, index['N']);
    }
    put(p, name, axes, values, NULL, NULL);
    free(values);
}

static double response_at(const plan* p, int m, int ear, int n)
{
    return p->responses[m][ear][n];
}

static double transform(const plan* p, int m, int ear, int bin, bool imaginary)
{
    double sum = 0;
    for (int n = 0; n < TAPS; n++) {
        double phase = 2 * pi * (bin + p->no_zero_bin) * (p->centred ? n - 24 : n) / TAPS;
        sum += p->responses[m][ear][n] * (imaginary ? (p->reversed ? sin(phase) : -sin(phase)) : cos(phase));
    }
    return sum;
}

static double real_at(const plan* p, int m, int ear, int n)
{
    return transform(p, m, ear, n, false);
}

static double imaginary_at(const plan* p, int m, int ear, int n)
{
    return transform(p, m, ear, n, true);
}

static void section_of(int m, int ear, int section, double out[6])
{
    double radius = 0.8 + 0.1 * section, angle = 0.01 + 0.3 * section + 0.01 * m / COUNT;
    out[0] = 0.3 + 0.2 * ear, out[1] = 0.1, out[2] = 0;
    out[3] = 2, out[4] = -4 * radius * cos(angle), out[5] = 2 * radius * radius;
}

static double section_at(const plan* p, int m, int ear, int n)
{
    (void)p;
    double section[6];
    section_of(m, ear, n / 6, section);
    return section[n % 6];
}

static void put_data(plan* p)
{
    if (p->spectra) {
        double frequencies[BINS];
        for (int i = 0; i < BINS; i++) frequencies[i] = (i + p->no_zero_bin) * p->rate_hz / TAPS;
        put(p, "N", "N", frequencies, NULL, "hertz");
        put_responses(p, "Data.Real", real_at);
        put_responses(p, "Data.Imag", imaginary_at);
        return;
    }
    if (p->sections) put_responses(p, "Data.SOS", section_at);
    else put_responses(p, "Data.IR", response_at);
    double rates[COUNT];
    for (int m = 0; m < COUNT; m++) rates[m] = p->rate_hz;
    put(p, "Data.SamplingRate", p->rates_per_measurement ? "M" : "I", rates, NULL, "hertz");
}

static void put_delays(plan* p)
{
    const char* axes = p->delay_axes;
    double values[COUNT * PINNA_EAR_COUNT];
    if (!axes) return;
    size_t rank = strlen(axes), count = 1;
    for (size_t d = 0; d < rank; d++) count *= size_of(p, axes[d]);
    for (size_t i = 0; i < count; i++) {
        int index[128] = {0};
        size_t rest = i;
        for (size_t d = rank; d-- > 0; rest /= size_of(p, axes[d])) index[(int)axes[d]] = (int)(rest % size_of(p, axes[d]));
        values[i] = p->delays[index['M'] + index['E']][index['R']];
    }
    put(p, "Data.Delay", axes, values, NULL, "sample");
}

/* As x, y, z, in radians, or as they are. */
static void convert(const plan* p, const double spherical[3], double out[3])
{
    double a = spherical[0] * pi / 180, b = spherical[1] * pi / 180, r = spherical[2];
    bool cartesian = p->position_type && strcmp(p->position_type, "cartesian") == 0;
    bool radians = p->position_units && strstr(p->position_units, "rad");
    if (cartesian) out[0] = r * cos(b) * cos(a), out[1] = r * cos(b) * sin(a), out[2] = r * sin(b);
    else if (radians) out[0] = a, out[1] = b, out[2] = r;
    else memcpy(out, spherical, 3 * sizeof *out);
}

static void put_positions(plan* p)
{
    double rows[COUNT][3], columns[3][COUNT], origin[3] = {0, 0, 0};
    const char* type = p->position_type ? p->position_type : "spherical";
    const char* units = p->position_units ? p->position_units : "degree, degree, metre";
    for (int m = 0; m < COUNT; m++) {
        convert(p, p->positions[m], rows[m]);
        for (int c = 0; c < 3; c++) columns[c][m] = rows[m][c];
    }
    if (p->emitters) {
        put(p, "SourcePosition", "IC", origin, "cartesian", "metre");
        put(p, "EmitterPosition", "ECI", &rows[0][0], type, units);
    } else if (p->source_at_origin) {
        put(p, "SourcePosition", "IC", origin, "cartesian", "metre");
        put(p, "EmitterPosition", "ECM", &columns[0][0], type, units);
    } else {
        bool turned = p->position_axes && strcmp(p->position_axes, "CM") == 0;
        put(p, "SourcePosition", turned ? "CM" : "MC", turned ? &columns[0][0] : &rows[0][0], type, units);
        put(p, "EmitterPosition", "ECI", origin, "cartesian", "metre");
    }
}

/* The source stays in front; the head looks away from it, so that it is seen where positions[m] says. A turn about one
   axis at a time suffices: rings other than the horizontal are reached by tilting view and up. */
static void put_turning_listener(plan* p)
{
    double source[3] = {1.5, 0, 0}, views[COUNT][3], ups[COUNT][3];
    for (int m = 0; m < COUNT; m++) {
        double a = p->positions[m][0] * pi / 180, b = p->positions[m][1] * pi / 180;
        /* Rows of the head's axes in the room, from wanting (cos b cos a, cos b sin a, sin b) for the room's x. */
        double left[3] = {cos(b) * sin(a), cos(a), -sin(b) * sin(a)};
        views[m][0] = cos(b) * cos(a), views[m][1] = -sin(a), views[m][2] = -sin(b) * cos(a);
        ups[m][0] = views[m][1] * left[2] - views[m][2] * left[1];
        ups[m][1] = views[m][2] * left[0] - views[m][0] * left[2];
        ups[m][2] = views[m][0] * left[1] - views[m][1] * left[0];
    }
    put(p, "SourcePosition", "IC", source, "cartesian", "metre");
    put(p, "ListenerView", "MC", &views[0][0], "cartesian", "metre");
    put(p, "ListenerUp", "MC", &ups[0][0], NULL, NULL);
}

static void put_listener(plan* p)
{
    static const double zero[3] = {0, 0, 0}, view[3] = {1, 0, 0}, up[3] = {0, 0, 1};
    double receivers[6][3] = {{0, 0.09, 0}, {0, -0.09, 0}};
    if (p->receivers_exchanged) receivers[0][1] = -0.09, receivers[1][1] = 0.09;
    if (p->hearing_aid) {
        const double places[6][3] = {{0.02, 0.1, 0.03}, {0.02, -0.1, 0.03}, {0, -0.08, 0},
                                     {0, 0.08, 0},      {0.01, 0.1, 0.04},  {0.01, -0.1, 0.04}};
        memcpy(receivers, places, sizeof places);
    }
    put(p, "ReceiverPosition", "RCI", &receivers[0][0], "cartesian", "metre");
    put(p, "ListenerPosition", "IC", zero, "cartesian", "metre");
    if (p->turns_listener) return;
    put(p, "ListenerView", "IC", view, "cartesian", "metre");
    put(p, "ListenerUp", "IC", up, NULL, NULL);
}

static void put_texts(plan* p)
{
    const char* const texts[][2] = {
        {"Conventions", "SOFA"}, {"Version", "1.0"}, {"APIName", "ARI SOFA API for Matlab/Octave"}, {"APIVersion", "1.1.3"},
        {"SOFAConventions", p->convention ? p->convention : "SimpleFreeFieldHRIR"}, {"SOFAConventionsVersion", "1.0"},
        {"DataType", p->data_type ? p->data_type : p->spectra ? "TF" : p->sections ? "SOS" : "FIR"},
        {"RoomType", p->room_type ? p->room_type : "free field"}, {"Title", "K\xC3\xB6ln \xE2\x80\x94 \xE8\x80\xB3"},
        {"DatabaseName", "variants"}, {"ListenerShortName", "H1"}, {"Organization", "Acad\xC3\xA9mie"},
        {"License", "no licence"}, {"DateCreated", "2024-02-29 12:00:00"},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0] && !p->no_texts; i++) put_text(p, NC_GLOBAL, texts[i][0], texts[i][1]);
}

static void write_plan(plan* p, const char* path)
{
    check(nc_create(path, p->format, &p->file));
    for (const char* axis = "MRENCI"; *axis; axis++) {
        char name[2] = {(char)(p->lower_case ? *axis | 0x20 : *axis), 0};
        size_t size = p->unlimited && *axis == 'M' ? NC_UNLIMITED : size_of(p, *axis);
        check(nc_def_dim(p->file, name, size, &p->dimensions[(int)*axis]));
    }
    put_texts(p);
    put_data(p);
    put_delays(p);
    if (p->turns_listener) put_turning_listener(p);
    else put_positions(p);
    put_listener(p);
    check(nc_close(p->file));
}

/* --- reading --- */

static char* load_plan(plan* p, pinna_report* report, pinna_sofa** sofa, pinna_status* status)
{
    static char path[] = "/tmp/pinna-variant-XXXXXX";
    strcpy(path + strlen(path) - 6, "XXXXXX");
    int file = mkstemp(path);
    cr_assert_geq(file, 0);
    close(file);
    write_plan(p, path);
    memset(report, 0, sizeof *report);
    *status = pinna_sofa_load(path, report, sofa);
    unlink(path);
    return path;
}

/* What the ear hears of a row, its delay included, `shift` frames earlier. */
static double heard(const pinna_measured_set* set, size_t row, int at)
{
    double delay = set->delays_frames ? (double)set->delays_frames[row] : 0;
    long tap = at - lrint(delay);
    return tap >= 0 && tap < (long)set->tap_count ? (double)set->hrirs[row * set->tap_count + (size_t)tap] : 0;
}

/* Delay by which the whole set is later than planned, where the plan or the file leaves it free. */
static int common_shift(const plan* p, const pinna_measured_set* set, double expected_delay)
{
    int best = 0;
    double most = -1;
    for (int shift = -300; shift <= 300; shift++) {
        double sum = 0;
        for (int n = 0; n < TAPS; n++) sum += p->responses[0][0][n] * heard(set, 0, n + (int)expected_delay + shift);
        if (sum > most) most = sum, best = shift;
    }
    return best;
}

static void expect_responses(const plan* p, const pinna_measured_set* set, const char* what)
{
    int shift = common_shift(p, set, p->delays[0][0]);
    double error = 0, total = 0;
    for (size_t row = 0; row < COUNT * PINNA_EAR_COUNT; row++)
        for (int n = 0; n < TAPS; n++) {
            size_t m = row / PINNA_EAR_COUNT, ear = row % PINNA_EAR_COUNT;
            double wanted = p->responses[m][ear][n];
            double got = heard(set, row, n + (int)lrint(p->delays[m][ear]) + shift);
            error += (wanted - got) * (wanted - got), total += wanted * wanted;
        }
    double error_db = 10 * log10(error / total + 1e-30);
    cr_assert_leq(error_db, -80, "%s: %.1f dB", what, error_db);
}

static void expect_positions(const plan* p, const pinna_measured_set* set, const char* what)
{
    cr_assert_eq(set->measurement_count, COUNT, "%s", what);
    cr_assert_float_eq((float)set->sample_rate_hz, (float)p->rate_hz, 1e-2f, "%s", what);
    for (int m = 0; m < COUNT; m++) {
        pinna_vec3 wanted = pinna_vec3_scale(direction_of(p, m), (float)p->positions[m][2]);
        float apart_m = pinna_vec3_length(pinna_vec3_sub(set->positions_m[m], wanted));
        cr_assert_leq(apart_m, 2e-4f, "%s: measurement %d is %g m off", what, m, (double)apart_m);
    }
}

/* Frees the plan. */
static void expect_same(plan* p, const char* what, const char* entry_name)
{
    pinna_report report;
    pinna_sofa* sofa;
    pinna_status status;
    load_plan(p, &report, &sofa, &status);
    if (status || (entry_name && !has_entry(&report, entry_name))) print_entries(&report);
    cr_assert_eq(status, PINNA_OK, "%s", what);
    if (entry_name) cr_assert(has_entry(&report, entry_name), "%s: no %s", what, entry_name);
    const pinna_measured_set* set = pinna_sofa_measured(sofa);
    expect_positions(p, set, what);
    if (!p->sections) expect_responses(p, set, what);
    if (!p->no_texts) cr_assert_str_eq(pinna_sofa_get_info(sofa)->title, "K\xC3\xB6ln \xE2\x80\x94 \xE8\x80\xB3");
    pinna_sofa_destroy(sofa);
    free(p);
}

static void expect_refused(plan* p, pinna_status expected, const char* entry_name)
{
    pinna_report report;
    pinna_sofa* sofa;
    pinna_status status;
    const char* path = load_plan(p, &report, &sofa, &status);
    check_outcome(status, sofa, &report, path);
    if (status != expected) print_entries(&report);
    cr_assert_eq(status, expected, "%s: %d", entry_name, (int)status);
    cr_assert(has_entry(&report, entry_name), "%s: %s", entry_name, pinna_report_error(&report));
    free(p);
}

Test(variants, plain_and_at_other_rates)
{
    static const double rates_hz[] = {48000, 44100, 96000, 32000};
    for (size_t i = 0; i < sizeof rates_hz / sizeof rates_hz[0]; i++) {
        plan* p = new_plan();
        p->rate_hz = rates_hz[i];
        p->delay_axes = "IR";
        expect_same(p, "plain", NULL);
    }
}

Test(variants, units_and_shapes_of_positions)
{
    plan* p = new_plan();
    p->position_units = "radian, radian, metre";
    expect_same(p, "radians", "radian-positions");
    p = new_plan();
    p->position_type = "cartesian", p->position_units = "metre";
    expect_same(p, "cartesian", "cartesian-positions");
    p = new_plan();
    p->position_axes = "CM";
    expect_same(p, "turned array", NULL);
    p = new_plan();
    p->position_axes = "CM", p->position_type = "cartesian", p->position_units = "metre";
    expect_same(p, "turned cartesian array", "cartesian-positions");
    p = new_plan();
    p->source_at_origin = true;
    expect_same(p, "emitter instead of source", "emitter-positions");
    p = new_plan();
    p->turns_listener = true;
    expect_same(p, "turning listener", "listener-turned");
}

Test(variants, conventions)
{
    plan* p = new_plan();
    p->convention = "FreeFieldHRIR", p->data_type = "FIR-E", p->response_axes = "MRNE", p->delay_axes = "IRE";
    expect_same(p, "FreeFieldHRIR", NULL);
    p = new_plan();
    p->convention = "GeneralFIR";
    expect_same(p, "GeneralFIR", "other-convention");
    p = new_plan();
    p->convention = "GeneralFIR-E", p->data_type = "FIR-E", p->response_axes = "MRNE", p->emitters = true;
    expect_same(p, "GeneralFIR-E", "emitter-positions");
    p = new_plan();
    p->convention = "GeneralFIRE", p->data_type = "FIRE", p->response_axes = "MREN", p->emitters = true;
    p->position_type = "cartesian", p->position_units = "metre";
    expect_same(p, "GeneralFIRE", "emitter-positions");
    p = new_plan();
    p->convention = "MultiSpeakerBRIR", p->data_type = "FIRE", p->response_axes = "MREN", p->emitters = true;
    p->room_type = "reverberant";
    expect_refused(p, PINNA_ERROR_UNSUPPORTED, "room-responses");
    p = new_plan();
    p->convention = "SingleRoomDRIR", p->room_type = "reverberant";
    expect_refused(p, PINNA_ERROR_UNSUPPORTED, "room-responses");
    p = new_plan();
    p->convention = "SimpleHeadphoneIR";
    expect_refused(p, PINNA_ERROR_UNSUPPORTED, "headphone-responses");
}

/* As a room nothing is turned by the head: directions are the room's. */
Test(variants, rooms)
{
    plan* p = new_plan();
    pinna_report report = {0};
    pinna_sofa* sofa;
    char path[] = "/tmp/pinna-room-XXXXXX";
    close(mkstemp(path));
    p->convention = "MultiSpeakerBRIR", p->data_type = "FIRE", p->response_axes = "MREN", p->emitters = true;
    write_plan(p, path);
    cr_assert_eq(pinna_sofa_load_room(path, &report, &sofa), PINNA_OK);
    const pinna_measured_room* room = pinna_sofa_measured_room(sofa);
    cr_assert_null(pinna_sofa_measured(sofa));
    cr_assert_eq(room->pose_count, 1);
    cr_assert_eq(room->emitter_count, COUNT);
    cr_assert_eq(room->heads[0].w, 1.0f);
    for (int m = 0; m < COUNT; m++) {
        pinna_vec3 apart = pinna_vec3_sub(room->positions_m[m], pinna_vec3_scale(direction_of(p, m), 1.5f));
        cr_assert_leq(pinna_vec3_length(apart), 1e-5f);
        for (int i = 0; i < PINNA_EAR_COUNT * TAPS; i++)
            cr_assert_float_eq(room->responses[m * PINNA_EAR_COUNT * TAPS + i],
                               (float)p->responses[m][i / TAPS][i % TAPS], 1e-7f);
    }
    pinna_sofa_destroy(sofa);
    p->convention = "SingleRoomDRIR", p->data_type = "FIR", p->response_axes = "MRN", p->emitters = false;
    p->turns_listener = true;
    write_plan(p, path);
    cr_assert_eq(pinna_sofa_load_room(path, &report, &sofa), PINNA_OK);
    room = pinna_sofa_measured_room(sofa);
    cr_assert_eq(room->pose_count, COUNT);
    for (int m = 0; m < COUNT; m++) {
        pinna_vec3 seen = pinna_quat_rotate(pinna_quat_conjugate(room->heads[m]), room->positions_m[m]);
        pinna_vec3 apart = pinna_vec3_sub(seen, pinna_vec3_scale(direction_of(p, m), 1.5f));
        cr_assert_leq(pinna_vec3_length(apart), 1e-4f, "pose %d", m);
    }
    pinna_sofa_destroy(sofa);
    unlink(path);
    free(p);
}

Test(variants, frequency_domain)
{
    plan* p = new_plan();
    p->spectra = true, p->convention = "SimpleFreeFieldHRTF";
    expect_same(p, "SimpleFreeFieldHRTF", "frequency-domain");
    p = new_plan();
    p->spectra = true, p->convention = "GeneralTF", p->rate_hz = 44100;
    expect_same(p, "GeneralTF", "other-convention");
    p = new_plan();
    p->spectra = true, p->emitters = true, p->convention = "FreeFieldHRTF", p->data_type = "TF-E", p->response_axes = "MRNE";
    expect_same(p, "FreeFieldHRTF", "emitter-positions");
    p = new_plan();
    p->spectra = true, p->centred = true;
    expect_same(p, "time zero in the head", "time-zero-in-head");
    p = new_plan();
    p->spectra = true, p->reversed = true;
    expect_same(p, "phases the other way", "reversed-phase");
}

/* The lowest bin's level stands in for 0 Hz; of a response without direct current that is all but right. */
Test(variants, frequency_domain_without_zero)
{
    plan* p = new_plan();
    p->spectra = true, p->no_zero_bin = true;
    for (int m = 0; m < COUNT; m++)
        for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
            memset(p->responses[m][ear], 0, sizeof p->responses[m][ear]);
            p->responses[m][ear][20 - (int)lrintf(10 * direction_of(p, m).y) * (ear ? -1 : 1)] = ear ? 0.5 : 0.6;
        }
    expect_same(p, "no bin at 0 Hz", "frequency-domain");
}

Test(variants, second_order_sections)
{
    plan* p = new_plan();
    p->sections = true, p->convention = "SimpleFreeFieldHRSOS", p->delay_axes = "MR";
    for (int m = 0; m < COUNT; m++)
        for (int ear = 0; ear < PINNA_EAR_COUNT; ear++) {
            double samples[TAPS] = {1}, section[6];
            for (int s = 0; s < SECTIONS; s++) {
                double out[TAPS] = {0};
                section_of(m, ear, s, section);
                for (int n = 0; n < TAPS; n++)
                    for (int k = 0; k < 3 && k <= n; k++)
                        out[n] += (section[k] * samples[n - k] - (k ? section[3 + k] * out[n - k] : 0)) / section[3];
                memcpy(samples, out, sizeof samples);
            }
            memcpy(p->responses[m][ear], samples, sizeof samples);
            p->delays[m][ear] = 20 - (int)lrintf(10 * direction_of(p, m).y) * (ear ? -1 : 1);
        }
    pinna_report report;
    pinna_sofa* sofa;
    pinna_status status;
    load_plan(p, &report, &sofa, &status);
    cr_assert_eq(status, PINNA_OK);
    cr_assert(has_entry(&report, "second-order-sections"));
    expect_positions(p, pinna_sofa_measured(sofa), "sections");
    expect_responses(p, pinna_sofa_measured(sofa), "sections");
    pinna_sofa_destroy(sofa);
    free(p);
}

static void set_delays(plan* p, bool per_measurement, int least)
{
    for (int m = 0; m < COUNT; m++)
        for (int ear = 0; ear < PINNA_EAR_COUNT; ear++)
            p->delays[m][ear] = least + 3 * ear + (per_measurement ? m % 7 : 0);
}

Test(variants, delays)
{
    static const char* const shapes[] = {"IR", "R", "MR", "RM", "MRI", "IRM"};
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        plan* p = new_plan();
        p->delay_axes = shapes[i];
        set_delays(p, strchr(shapes[i], 'M') != NULL, i % 2 ? -5 : 4);
        expect_same(p, shapes[i], i % 2 ? "negative-delays" : "separate-delays");
    }
    plan* p = new_plan();
    p->delay_axes = "I";
    expect_same(p, "one delay", NULL);
    p = new_plan();
    p->delay_axes = "IRE", p->response_axes = "MRNE", p->emitters = true;
    set_delays(p, true, 2);
    expect_same(p, "IRE", "separate-delays");
}

Test(variants, order_of_dimensions)
{
    static const char* const orders[] = {"MRN", "RMN", "NRM", "MNR", "MREN", "ERMN"};
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        plan* p = new_plan();
        p->response_axes = orders[i];
        expect_same(p, orders[i], NULL);
    }
}

Test(variants, storage)
{
    static const struct {
        const char* what;
        nc_type number;
        int endian, shuffle, deflate, checksum, storage;
        size_t chunk;
        bool unlimited;
    } ways[] = {
        {"float32", NC_FLOAT, 0, 0, 0, 0, 0, 0, false},
        {"big-endian", NC_DOUBLE, NC_ENDIAN_BIG, 0, 0, 0, 0, 0, false},
        {"big-endian float32", NC_FLOAT, NC_ENDIAN_BIG, 1, 4, 0, 0, 0, false},
        {"deflate without shuffle", NC_DOUBLE, 0, 0, 6, 0, 0, 0, false},
        {"shuffle without deflate", NC_DOUBLE, 0, 1, 0, 0, 0, 0, false},
        {"deflate and shuffle", NC_DOUBLE, 0, 1, 9, 0, 0, 0, false},
        {"checksums", NC_DOUBLE, 0, 1, 5, 1, 0, 0, false},
        {"one measurement per chunk", NC_DOUBLE, 0, 1, 3, 0, 0, 1, false},
        {"chunks without compression", NC_DOUBLE, 0, 0, 0, 0, 0, 5, false},
        {"chunks that do not divide the array", NC_DOUBLE, 0, 1, 3, 0, 0, 50, false},
        {"no bound on M", NC_DOUBLE, 0, 1, 1, 0, 0, 0, true},
        {"compact", NC_DOUBLE, 0, 0, 0, 0, NC_COMPACT, 0, false},
    };
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        plan* p = new_plan();
        p->number = ways[i].number, p->endian = ways[i].endian, p->shuffle = ways[i].shuffle, p->deflate = ways[i].deflate;
        p->checksum = ways[i].checksum, p->storage = ways[i].storage, p->chunk = ways[i].chunk;
        p->unlimited = ways[i].unlimited;
        p->delay_axes = "MR";
        expect_same(p, ways[i].what, NULL);
    }
}

Test(variants, texts_and_names)
{
    plan* p = new_plan();
    p->no_texts = true;
    expect_same(p, "no attributes", "other-convention");
    p = new_plan();
    p->string_texts = true;
    expect_same(p, "text of variable length", NULL);
    p = new_plan();
    p->lower_case = true;
    expect_same(p, "dimensions in lower case", NULL);
    p = new_plan();
    p->rates_per_measurement = true;
    expect_same(p, "a rate per measurement", NULL);
    p = new_plan();
    p->format = NC_CLOBBER;
    expect_same(p, "netCDF 3", NULL);
    p = new_plan();
    p->format = NC_64BIT_OFFSET | NC_CLOBBER, p->unlimited = true;
    expect_same(p, "netCDF 3 with 64-bit offsets", NULL);
}

/* netCDF 3 has no checksums and no check of ours before it: what it does to the library happens in the child. */
Test(variants, damaged_netcdf_3_files_never_harm)
{
    char path[] = "/tmp/pinna-hostile-XXXXXX";
    close(mkstemp(path));
    plan* p = new_plan();
    p->format = NC_CLOBBER;
    write_plan(p, path);
    size_t byte_count;
    unsigned char* bytes = read_bytes(path, &byte_count);
    unlink(path);
    uint32_t state = 7;
    for (int i = 0; i < 60; i++) {
        state = state * 1664525u + 1013904223u;
        size_t at = (state >> 8) % 3000;
        unsigned char before = bytes[at];
        bytes[at] = (unsigned char)(state >> 24);
        pinna_report report = {0};
        pinna_sofa* sofa = NULL;
        pinna_status status = pinna_sofa_load_memory(bytes, i % 4 ? byte_count : at, "hostile", &report, &sofa);
        check_outcome(status, sofa, &report, "hostile");
        pinna_sofa_destroy(sofa);
        bytes[at] = before;
    }
    free(bytes);
    free(p);
}

Test(variants, receivers)
{
    plan* p = new_plan();
    p->receivers_exchanged = true;
    expect_same(p, "right ear first", "exchanged-receivers");
    p = new_plan();
    p->hearing_aid = true;
    expect_same(p, "six microphones", "more-receivers");
}

#endif
