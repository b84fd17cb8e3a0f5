/* SPDX-License-Identifier: MIT */
#include "sofa_seed.h"

#ifdef PINNA_SOFA_NETCDF
#include <netcdf.h>
#include <unistd.h>

enum { MEASUREMENTS = 8, EARS = 2, TAPS = 12 };

typedef struct seed {
    bool classic_data; /* contiguous, not compressed: mutations then meet structure, not zlib */
    bool cartesian;
    bool transfer_function;
    bool has_delays;
    bool polar;          /* magnitude and phase */
    bool stray_rate;     /* as text on the file */
    bool distance_first; /* of a position's numbers */
    const char* room; /* convention; NULL: a head */
    size_t emitters;  /* 0: one, and the sources move */
} seed;

static int text(int file, int variable, const char* name, const char* value)
{
    return nc_put_att_text(file, variable, name, strlen(value), value);
}

/* rank dimensions given by letters: M R E N C I. */
static int variable(int file, const seed* s, const char* name, const char* axes, const double* values)
{
    int dimensions[4], number, rank = (int)strlen(axes), failed = 0;
    for (int i = 0; i < rank; i++) failed |= nc_inq_dimid(file, (char[]){axes[i], '\0'}, &dimensions[i]);
    failed |= nc_def_var(file, name, NC_DOUBLE, rank, dimensions, &number);
    if (!s->classic_data && rank > 1) failed |= nc_def_var_deflate(file, number, 1, 1, 5);
    failed |= nc_put_var_double(file, number, values);
    return failed ? -1 : number;
}

static int put_texts(int file, const seed* s)
{
    return text(file, NC_GLOBAL, "Conventions", "SOFA") | text(file, NC_GLOBAL, "Version", "1.0") |
           text(file, NC_GLOBAL, "SOFAConventions",
                s->room                ? s->room
                : s->transfer_function ? "SimpleFreeFieldHRTF"
                                       : "SimpleFreeFieldHRIR") |
           text(file, NC_GLOBAL, "SOFAConventionsVersion", "1.0") |
           text(file, NC_GLOBAL, "DataType",
                s->emitters            ? "FIRE"
                : s->transfer_function ? "TF"
                                       : "FIR") |
           text(file, NC_GLOBAL, "RoomType", s->room ? "reverberant" : "free field") |
           text(file, NC_GLOBAL, "Title", "seed");
}

static int put_places(int file, const seed* s)
{
    double sources[MEASUREMENTS * 3], receivers[6] = {0, 0.09, 0, 0, -0.09, 0}, none[6] = {0}, view[3] = {1},
                                      up[3] = {0, 0, 1};
    for (int m = 0; m < MEASUREMENTS; m++) {
        double azimuth = 360.0 * m / MEASUREMENTS, elevation = m % 2 ? 40.0 : -40.0;
        double spherical[3] = {azimuth, elevation, 1.5}, flat = cos(elevation * 0.0174533) * 1.5;
        double cartesian[3] = {flat * cos(azimuth * 0.0174533), flat * sin(azimuth * 0.0174533),
                               1.5 * sin(elevation * 0.0174533)};
        double turned[3] = {spherical[2], spherical[0], spherical[1]};
        memcpy(sources + 3 * m, s->cartesian ? cartesian : s->distance_first ? turned : spherical, sizeof spherical);
    }
    int at = variable(file, s, "SourcePosition", "MC", sources);
    int failed = text(file, at, "Type", s->cartesian ? "cartesian" : "spherical") |
                 text(file, at, "Units", s->cartesian ? "metre" : "degree, degree, metre");
    failed |=
        variable(file, s, "ListenerPosition", "IC", none) < 0 || variable(file, s, "EmitterPosition", "EC", none) < 0;
    failed |=
        variable(file, s, "ListenerUp", "IC", up) < 0 || variable(file, s, "ReceiverPosition", "RC", receivers) < 0;
    at = variable(file, s, "ListenerView", "IC", view);
    return failed | text(file, at, "Type", "cartesian") | text(file, at, "Units", "metre");
}

static int put_data(int file, const seed* s)
{
    double values[2 * MEASUREMENTS * EARS * TAPS] = {0}, delays[MEASUREMENTS * EARS] = {0}, rate = 48000, hz[TAPS];
    for (int i = 0; i < MEASUREMENTS * EARS; i++) {
        for (int n = 0; n < TAPS; n++) values[i * TAPS + n] = n < 2 ? 0.0 : 0.5 * cos(n * 0.7 + i) / (n - 1);
        delays[i] = s->has_delays ? i % 5 : 0;
    }
    for (int n = 0; n < TAPS; n++) hz[n] = 2000.0 * n;
    if (s->transfer_function) {
        int at = variable(file, s, "N", "N", hz);
        return at < 0 || text(file, at, "Units", "hertz") ||
               variable(file, s, s->polar ? "Data.Mag" : "Data.Real", "MRN", values) < 0 ||
               variable(file, s, s->polar ? "Data.Phase" : "Data.Imag", "MRN", values) < 0;
    }
    int at = variable(file, s, s->stray_rate ? "Unused" : "Data.SamplingRate", "I", &rate);
    if (s->stray_rate && text(file, NC_GLOBAL, "SamplingRate", "48 kHz")) return -1;
    return at < 0 || text(file, at, "Units", "hertz") ||
           variable(file, s, "Data.IR", s->emitters ? "MREN" : "MRN", values) < 0 ||
           variable(file, s, "Data.Delay", s->has_delays ? "MR" : "IR", delays) < 0;
}

static bool write_seed(const char* path, const seed* s)
{
    const struct {
        const char* name;
        size_t size;
    } dimensions[] = {{"M", MEASUREMENTS}, {"R", EARS}, {"E", s->emitters ? s->emitters : 1},
                      {"N", TAPS},         {"C", 3},    {"I", 1}};
    int file, number, failed = 0;
    if (nc_create(path, NC_NETCDF4 | NC_CLOBBER, &file)) return false;
    for (size_t i = 0; i < sizeof dimensions / sizeof dimensions[0]; i++)
        failed |= nc_def_dim(file, dimensions[i].name, dimensions[i].size, &number);
    failed |= put_texts(file, s) | put_places(file, s) | put_data(file, s);
    return nc_close(file) == 0 && !failed;
}

static size_t read_back(const char* path, uint8_t* out, size_t capacity)
{
    FILE* file = fopen(path, "rb");
    size_t byte_count = file ? fread(out, 1, capacity, file) : 0;
    if (file) fclose(file);
    return byte_count < capacity ? byte_count : 0;
}

static size_t make_seed(const seed* s, uint8_t* out, size_t capacity)
{
    char path[] = "/tmp/pinna-seed-XXXXXX";
    int made = mkstemp(path);
    if (made < 0) return 0;
    close(made);
    size_t byte_count = write_seed(path, s) ? read_back(path, out, capacity) : 0;
    unlink(path);
    return byte_count;
}

size_t sofa_seed(unsigned index, uint8_t* out, size_t capacity)
{
    static const seed seeds[] = {{.classic_data = true}, {.cartesian = true, .has_delays = true},
                                 {.classic_data = true, .transfer_function = true},
                                 {.classic_data = true, .cartesian = true, .has_delays = true},
                                 {.classic_data = true, .transfer_function = true, .polar = true},
                                 {.classic_data = true, .stray_rate = true, .distance_first = true}};
    return index < sizeof seeds / sizeof seeds[0] ? make_seed(&seeds[index], out, capacity) : 0;
}

size_t sofa_seed_room(unsigned index, uint8_t* out, size_t capacity)
{
    static const seed seeds[] = {{.classic_data = true, .room = "SingleRoomDRIR"},
                                 {.room = "MultiSpeakerBRIR", .emitters = 2, .cartesian = true},
                                 {.classic_data = true, .room = "MultiSpeakerBRIR", .emitters = 2, .has_delays = true}};
    return index < sizeof seeds / sizeof seeds[0] ? make_seed(&seeds[index], out, capacity) : 0;
}
#else
#include <pinna/sofa.h>

/* Its first part holds all there is of structure. */
size_t sofa_seed(unsigned index, uint8_t* out, size_t capacity)
{
    const char* path = index == 0 ? pinna_sofa_default_path() : NULL;
    FILE* file = path ? fopen(path, "rb") : NULL;
    size_t byte_count = file ? fread(out, 1, capacity, file) : 0;
    if (file) fclose(file);
    if (index == 0 && byte_count == 0) {
        static const uint8_t signature[] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n', 2, 8, 8, 0};
        memcpy(out, signature, sizeof signature);
        byte_count = sizeof signature;
    }
    return byte_count;
}

size_t sofa_seed_room(unsigned index, uint8_t* out, size_t capacity)
{
    return sofa_seed(index, out, capacity);
}
#endif
