/* SPDX-License-Identifier: MIT */
#include "variants.h"

#ifdef PINNA_SOFA_NETCDF
#include <math.h>
#include <unistd.h>

static const double pi = 3.14159265358979323846;

pinna_vec3 direction_of(const plan* p, int m)
{
    return pinna_direction_from_spherical((float)p->positions[m][0], (float)p->positions[m][1]);
}

/* A response begins sooner and louder at the nearer ear, and decays with a resonance that depends on the direction. */
plan* new_plan(void)
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
    case 'N':
        return p->both_sides ? TAPS : p->spectra ? (size_t)BINS - p->no_zero_bin : p->sections ? 6 * SECTIONS : TAPS;
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
    if (p->in_groups && strncmp(name, "Data.", 5) == 0) p->file = p->data_group, name += 5;
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
    int group = p->file, variable = define(p, name, axes);
    for (size_t d = 0; axes[d]; d++) sizes[d] = size_of(p, axes[d]);
    put_text(p, variable, "Type", type);
    put_text(p, variable, "Units", units);
    if (p->empty_texts) put_text(p, variable, "Description", "");
    nc_enddef(p->file);
    check(nc_put_vara_double(p->file, variable, start, sizes, values));
    nc_redef(p->file);
    p->file = group;
}

static int ear_of_aid(aid kind, int receiver)
{
    static const int left[] = {3, 0, 0, 0}, right[] = {2, 3, 3, 1};
    return receiver == left[kind] ? PINNA_LEFT : receiver == right[kind] ? PINNA_RIGHT : -1;
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
        if (p->hearing_aid) ear = ear_of_aid(p->aid, receiver);
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
    double sum = 0, hz = p->frequencies ? p->frequencies[bin] : (bin + p->no_zero_bin) * p->rate_hz / TAPS;
    for (int n = 0; n < TAPS; n++) {
        double phase = 2 * pi * hz / p->rate_hz * (p->centred ? n - 24 : n);
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

void section_of(int m, int ear, int section, double out[6])
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
        double frequencies[TAPS];
        for (int i = 0; i < TAPS; i++) frequencies[i] = (i + p->no_zero_bin) * p->rate_hz / TAPS;
        put(p, "N", "N", p->frequencies ? p->frequencies : frequencies, NULL, "hertz");
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
        for (size_t d = rank; d-- > 0; rest /= size_of(p, axes[d]))
            index[(int)axes[d]] = (int)(rest % size_of(p, axes[d]));
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
    double y = cos(b) * sin(a), polar = atan2(sin(b), cos(b) * cos(a)) * 180 / pi;
    if (p->lateral) out[0] = asin(y) * 180 / pi, out[1] = polar < -90 ? polar + 360 : polar, out[2] = r;
    else if (cartesian) out[0] = r * cos(b) * cos(a), out[1] = r * cos(b) * sin(a), out[2] = r * sin(b);
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
    static const double view[3] = {1, 0, 0}, up[3] = {0, 0, 1};
    const double place[3] = {0, 0, p->far_listener ? 1.2 : 0};
    double receivers[6][3] = {{0, 0.09, 0}, {0, -0.09, 0}};
    if (p->receivers_exchanged) receivers[0][1] = -0.09, receivers[1][1] = 0.09;
    if (p->hearing_aid) {
        static const double places[4][6][3] = {
            {{0.02, 0.1, 0.03}, {0.02, -0.1, 0.03}, {0, -0.08, 0}, {0, 0.08, 0}, {0.01, 0.1, 0.04}, {0.01, -0.1, 0.04}},
            {{0, 8, 0}, {2, 10, 3}, {2, -10, 3}, {0, -8, 0}, {1, 10, 4}, {1, -10, 4}},
            {{90, 0, 0.08}, {78, 16, 0.1}, {-78, 16, 0.1}, {270, 0, 0.08}, {84, 22, 0.1}, {-84, 22, 0.1}},
            {{0}},
        };
        memcpy(receivers, places[p->aid], sizeof receivers);
    }
    bool angles = p->hearing_aid && p->aid == AID_SPHERICAL, centimetres = p->hearing_aid && p->aid == AID_APART;
    put(p, "ReceiverPosition", "RCI", &receivers[0][0], angles ? "spherical" : "cartesian",
        angles ? "degree, degree, metre" : centimetres ? "centimetre" : "metre");
    put(p, "ListenerPosition", "IC", place, "cartesian", "metre");
    if (p->turns_listener) return;
    put(p, "ListenerView", "IC", view, "cartesian", "metre");
    put(p, "ListenerUp", "IC", up, NULL, NULL);
}

static void put_texts(plan* p)
{
    const char* const texts[][2] = {
        {"Conventions", "SOFA"},
        {"Version", "1.0"},
        {"APIName", "ARI SOFA API for Matlab/Octave"},
        {"APIVersion", "1.1.3"},
        {"SOFAConventions", p->convention ? p->convention : "SimpleFreeFieldHRIR"},
        {"SOFAConventionsVersion", "1.0"},
        {"DataType", p->data_type  ? p->data_type
                     : p->spectra  ? "TF"
                     : p->sections ? "SOS"
                                   : "FIR"},
        {"RoomType", p->room_type ? p->room_type : "free field"},
        {"Title", "K\xC3\xB6ln \xE2\x80\x94 \xE8\x80\xB3"},
        {"DatabaseName", "variants"},
        {"ListenerShortName", "H1"},
        {"Organization", "Acad\xC3\xA9mie"},
        {"License", "no licence"},
        {"DateCreated", "2024-02-29 12:00:00"},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0] && !p->no_texts; i++)
        put_text(p, NC_GLOBAL, texts[i][0], texts[i][1]);
}

void put_text_of(const plan* p, int variable, const char* name, const char* text)
{
    check(nc_put_att_text(p->file, variable, name, strlen(text), text));
}

int variable_of(const plan* p, const char* name)
{
    int variable;
    check(nc_inq_varid(p->file, name, &variable));
    return variable;
}

void change_values(const plan* p, const char* name, double factor, double offset)
{
    int variable = variable_of(p, name), rank, dimensions[MAX_RANK];
    size_t count = 1, size;
    check(nc_inq_varndims(p->file, variable, &rank));
    check(nc_inq_vardimid(p->file, variable, dimensions));
    for (int d = 0; d < rank; d++) {
        check(nc_inq_dimlen(p->file, dimensions[d], &size));
        count *= size;
    }
    double* values = malloc(count * sizeof *values);
    check(nc_get_var_double(p->file, variable, values));
    for (size_t i = 0; i < count; i++) values[i] = values[i] * factor + offset;
    check(nc_put_var_double(p->file, variable, values));
    free(values);
}

void write_plan(plan* p, const char* path)
{
    int root;
    check(nc_create(path, p->format, &root));
    p->file = root;
    for (const char* axis = "MRENCI"; *axis; axis++) {
        char name[8] = {(char)(p->lower_case ? *axis | 0x20 : *axis), 0};
        if (p->nameless) snprintf(name, sizeof name, "dim%d", *axis);
        size_t size = p->unlimited && *axis == 'M' ? NC_UNLIMITED : size_of(p, *axis);
        check(nc_def_dim(p->file, name, size, &p->dimensions[(int)*axis]));
    }
    if (p->in_groups) {
        check(nc_def_grp(root, "Obj", &p->file));
        check(nc_def_grp(p->file, "Data", &p->data_group));
    }
    put_texts(p);
    put_data(p);
    put_delays(p);
    if (p->turns_listener) put_turning_listener(p);
    else put_positions(p);
    put_listener(p);
    if (p->touch) p->touch(p);
    check(nc_close(root));
}

/* --- reading --- */

char* load_plan(plan* p, pinna_report* report, pinna_sofa** sofa, pinna_status* status)
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
    for (int shift = -1100; shift <= 1100; shift++) {
        double sum = 0;
        for (int n = 0; n < TAPS; n++) sum += p->responses[0][0][n] * heard(set, 0, n + (int)expected_delay + shift);
        if (sum > most) most = sum, best = shift;
    }
    return best;
}

void expect_responses(const plan* p, const pinna_measured_set* set, const char* what)
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
    cr_assert_leq(error_db, p->error_db < 0 ? p->error_db : -80, "%s: %.1f dB", what, error_db);
}

void expect_positions(const plan* p, const pinna_measured_set* set, const char* what)
{
    cr_assert_eq(set->measurement_count, COUNT, "%s", what);
    cr_assert_float_eq((float)set->sample_rate_hz, (float)p->rate_hz, 1e-2f, "%s", what);
    for (int m = 0; m < COUNT; m++) {
        pinna_vec3 wanted = pinna_vec3_scale(direction_of(p, m), (float)p->positions[m][2]);
        float apart_m = pinna_vec3_length(pinna_vec3_sub(set->positions_m[m], wanted));
        cr_assert_leq(apart_m, 2e-4f, "%s: measurement %d is %g m off", what, m, (double)apart_m);
    }
}

void expect_same(plan* p, const char* what, const char* entry_name)
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

void expect_refused(plan* p, pinna_status expected, const char* entry_name)
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

#else

typedef int pinna_no_variants; /* ISO C wants something in a file. */

#endif
