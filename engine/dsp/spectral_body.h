/* SPDX-License-Identifier: MIT */
/* The body of a spectral table. The including file defines LANES (1, 4, 8, 16) and SPECTRAL_NAME. */
#include "dsp/spectral.h"

#if LANES > 4
#include <immintrin.h>
#endif

#if LANES == 1
typedef float vec;
#else
typedef float vec __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
#endif

#if defined(__GNUC__)
#define INLINE static inline __attribute__((always_inline))
#define APART static __attribute__((noinline))
#else
#define INLINE static inline
#define APART static
#endif

typedef struct cvec {
    vec re, im;
} cvec;

INLINE vec load(const float* from)
{
    return *(const vec*)from;
}

INLINE void store(float* to, vec value)
{
    *(vec*)to = value;
}

INLINE cvec cload(const float* re, const float* im)
{
    return (cvec){load(re), load(im)};
}

INLINE void cstore(float* re, float* im, cvec value)
{
    store(re, value.re);
    store(im, value.im);
}

INLINE cvec cmul(cvec a, cvec b)
{
    return (cvec){a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

/* a times the conjugate of b. */
INLINE cvec cmul_conj(cvec a, cvec b)
{
    return (cvec){a.re * b.re + a.im * b.im, a.im * b.re - a.re * b.im};
}

/* Four-point transform in place; with x[1] and x[3] exchanged beforehand it is the inverse. */
INLINE void dft4(cvec x[4])
{
    cvec s = {x[0].re + x[2].re, x[0].im + x[2].im}, d = {x[0].re - x[2].re, x[0].im - x[2].im};
    cvec t = {x[1].re + x[3].re, x[1].im + x[3].im}, e = {x[1].re - x[3].re, x[1].im - x[3].im};
    x[0] = (cvec){s.re + t.re, s.im + t.im};
    x[1] = (cvec){d.re + e.im, d.im - e.re};
    x[2] = (cvec){s.re - t.re, s.im - t.im};
    x[3] = (cvec){d.re - e.im, d.im + e.re};
}

static void weight(float* restrict re, float* restrict im, const float* restrict low, const float* restrict high,
                   const float* restrict cosine, const float* restrict sine, size_t count)
{
    for (size_t n = 0; n < count; n += LANES)
        cstore(re + n, im + n, cmul(cload(low + n, high + n), cload(cosine + n, sine + n)));
}

static void unweight(float* restrict out, const float* restrict re, const float* restrict im,
                     const float* restrict cosine, const float* restrict sine, size_t count)
{
    for (size_t n = 0; n < count; n += LANES)
        store(out + n, load(im + n) * load(cosine + n) - load(re + n) * load(sine + n));
}

/* Butterflies of one block: the four inputs lie a quarter apart, so neighbours fill the lanes. */
static void forward4_run(float* re, float* im, size_t quarter, const float* twiddles, size_t count)
{
    for (size_t n = 0; n < count; n += LANES) {
        cvec x[4] = {cload(re + n, im + n), cload(re + n + quarter, im + n + quarter),
                     cload(re + n + 2 * quarter, im + n + 2 * quarter),
                     cload(re + n + 3 * quarter, im + n + 3 * quarter)};
        const float* w = twiddles + n;
        dft4(x);
        cstore(re + n, im + n, x[0]);
        cstore(re + n + quarter, im + n + quarter, cmul(x[1], cload(w, w + quarter)));
        cstore(re + n + 2 * quarter, im + n + 2 * quarter, cmul(x[2], cload(w + 2 * quarter, w + 3 * quarter)));
        cstore(re + n + 3 * quarter, im + n + 3 * quarter, cmul(x[3], cload(w + 4 * quarter, w + 5 * quarter)));
    }
}

static void inverse4_run(float* re, float* im, size_t quarter, const float* twiddles, size_t count)
{
    for (size_t n = 0; n < count; n += LANES) {
        const float* w = twiddles + n;
        const cvec w1 = cload(w, w + quarter), w2 = cload(w + 2 * quarter, w + 3 * quarter),
                   w3 = cload(w + 4 * quarter, w + 5 * quarter);
        cvec x[4] = {cload(re + n, im + n), cmul_conj(cload(re + n + 3 * quarter, im + n + 3 * quarter), w3),
                     cmul_conj(cload(re + n + 2 * quarter, im + n + 2 * quarter), w2),
                     cmul_conj(cload(re + n + quarter, im + n + quarter), w1)};
        dft4(x);
        for (size_t q = 0; q < 4; q++) cstore(re + n + q * quarter, im + n + q * quarter, x[q]);
    }
}

/* Cuts a range of butterflies at block ends. */
static void for_blocks(float* re, float* im, size_t length, const float* twiddles, size_t first, size_t count,
                       void (*run)(float*, float*, size_t, const float*, size_t))
{
    const size_t quarter = length / 4;
    while (count) {
        size_t j = first % quarter, base = first / quarter * length + j;
        size_t n = count < quarter - j ? count : quarter - j;
        run(re + base, im + base, quarter, twiddles + j, n);
        first += n;
        count -= n;
    }
}

static void forward4(float* re, float* im, size_t length, const float* twiddles, size_t first, size_t count)
{
    for_blocks(re, im, length, twiddles, first, count, forward4_run);
}

static void inverse4(float* re, float* im, size_t length, const float* twiddles, size_t first, size_t count)
{
    for_blocks(re, im, length, twiddles, first, count, inverse4_run);
}

/* Shuffles by constant index came late to gcc (12); without them plain moves do. */
#if defined(__has_builtin)
#if __has_builtin(__builtin_shufflevector) && LANES > 1
#define SHUFFLES 1
#endif
#endif

#ifndef SHUFFLES
INLINE void transpose16(float* restrict to, const float* restrict from)
{
    for (size_t row = 0; row < PINNA_LEAF; row++)
        for (size_t column = 0; column < PINNA_LEAF; column++)
            to[column * PINNA_LEAF + row] = from[row * PINNA_LEAF + column];
}
#else
typedef float quad __attribute__((vector_size(16), aligned(4), may_alias));

static inline quad load4(const float* from)
{
    return *(const quad*)from;
}

/* Quads of the rows first, first + 4, ... side by side. Written out, for compilers shuffle what loads could insert. */
INLINE vec quads(const float* first)
{
#if LANES == 4
    return load4(first);
#else
    enum { STEP = 4 * PINNA_LEAF };
    const __m256 low = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(first)), _mm_loadu_ps(first + STEP), 1);
#if LANES == 8
    return (vec)low;
#else
    const __m512 most = _mm512_insertf32x4(_mm512_castps256_ps512(low), _mm_loadu_ps(first + 2 * STEP), 2);
    return (vec)_mm512_insertf32x4(most, _mm_loadu_ps(first + 3 * STEP), 3);
#endif
#endif
}

/* Floats i, j of each quad of a and k, l of that of b (4 and more there). */
#if LANES == 4
#define SHUFFLE(a, b, i, j, k, l) __builtin_shufflevector(a, b, i, j, k, l)
#elif LANES == 8
#define IN_B(i) ((i) < 4 ? (i) : (i) + 4)
#define SHUFFLE(a, b, i, j, k, l)                                                                                      \
    __builtin_shufflevector(a, b, IN_B(i), IN_B(j), IN_B(k), IN_B(l), IN_B(i) + 4, IN_B(j) + 4, IN_B(k) + 4,           \
                            IN_B(l) + 4)
#else
#define IN_B(i) ((i) < 4 ? (i) : (i) + 12)
#define SHUFFLE_QUAD(i, j, k, l, q) IN_B(i) + 4 * (q), IN_B(j) + 4 * (q), IN_B(k) + 4 * (q), IN_B(l) + 4 * (q)
#define SHUFFLE(a, b, i, j, k, l) \
    __builtin_shufflevector(a, b, SHUFFLE_QUAD(i, j, k, l, 0), SHUFFLE_QUAD(i, j, k, l, 1), \
                            SHUFFLE_QUAD(i, j, k, l, 2), SHUFFLE_QUAD(i, j, k, l, 3))
#endif

/* LANES rows of four columns become four rows: with every fourth row's quad in one vector, quads turn in themselves. */
INLINE void transpose4(float* to, const float* from)
{
    const vec a = quads(from), b = quads(from + PINNA_LEAF), c = quads(from + 2 * PINNA_LEAF);
    const vec d = quads(from + 3 * PINNA_LEAF);
    const vec ab = SHUFFLE(a, b, 0, 4, 1, 5), cd = SHUFFLE(c, d, 0, 4, 1, 5);
    const vec ef = SHUFFLE(a, b, 2, 6, 3, 7), gh = SHUFFLE(c, d, 2, 6, 3, 7);
    store(to, SHUFFLE(ab, cd, 0, 1, 4, 5));
    store(to + PINNA_LEAF, SHUFFLE(ab, cd, 2, 3, 6, 7));
    store(to + 2 * PINNA_LEAF, SHUFFLE(ef, gh, 0, 1, 4, 5));
    store(to + 3 * PINNA_LEAF, SHUFFLE(ef, gh, 2, 3, 6, 7));
}

INLINE void transpose16(float* restrict to, const float* restrict from)
{
    for (size_t row = 0; row < PINNA_LEAF; row += LANES)
        for (size_t column = 0; column < PINNA_LEAF; column += 4)
            transpose4(to + column * PINNA_LEAF + row, from + row * PINNA_LEAF + column);
}
#endif

/* Out of line: what was just stored as vectors is to be read as quads, and not taken apart in registers. */
APART void transpose_stored(float* restrict to, const float* restrict from)
{
    transpose16(to, from);
}

/* cos and sin of 2 pi k / 16, k = q j for the middle of a 16-point transform. */
#define C1 0.92387953251128674f
#define C2 0.70710678118654752f
#define C3 0.38268343236508977f
static const float leaf_cosine[4][4] = {{1, 1, 1, 1}, {1, C1, C2, C3}, {1, C2, 0, -C2}, {1, C3, -C2, -C1}};
static const float leaf_sine[4][4] = {{0, 0, 0, 0}, {0, C3, C2, C1}, {0, C2, 1, C2}, {0, C1, C2, -C3}};

INLINE cvec rotate(cvec a, float cosine, float sine)
{
    return (cvec){a.re * cosine + a.im * sine, a.im * cosine - a.re * sine};
}

/* Row of a 16 x 16 square. */
INLINE size_t at(size_t row, size_t lane)
{
    return row * PINNA_LEAF + lane;
}

/* A column of the middle of a 16-point transform, each quarter turned by its angle. j is known where this is inlined,
   so that what is not to be turned, or by a quarter, costs nothing. */
INLINE void turn_leaf(cvec x[4], const size_t j)
{
    if (j == 0) return;
    x[1] = rotate(x[1], leaf_cosine[1][j], leaf_sine[1][j]);
    x[2] = j == 2 ? (cvec){x[2].im, -x[2].re} : rotate(x[2], leaf_cosine[2][j], leaf_sine[2][j]);
    x[3] = rotate(x[3], leaf_cosine[3][j], leaf_sine[3][j]);
}

INLINE void turn_leaf_back(cvec x[4], const size_t j)
{
    if (j == 0) return;
    x[1] = rotate(x[1], leaf_cosine[1][j], -leaf_sine[1][j]);
    x[2] = j == 2 ? (cvec){-x[2].im, x[2].re} : rotate(x[2], leaf_cosine[2][j], -leaf_sine[2][j]);
    x[3] = rotate(x[3], leaf_cosine[3][j], -leaf_sine[3][j]);
}

INLINE void leaf_column(float* re, float* im, size_t lane, const size_t j)
{
    cvec x[4];
    for (size_t q = 0; q < 4; q++) x[q] = cload(re + at(j + 4 * q, lane), im + at(j + 4 * q, lane));
    dft4(x);
    turn_leaf(x, j);
    for (size_t q = 0; q < 4; q++) cstore(re + at(j + 4 * q, lane), im + at(j + 4 * q, lane), x[q]);
}

INLINE void leaf(float* tiles, size_t tile_stride, const float* re, const float* im)
{
    _Alignas(64) float square_re[PINNA_GROUP], square_im[PINNA_GROUP];
    transpose16(square_re, re);
    transpose16(square_im, im);
    for (size_t lane = 0; lane < PINNA_LEAF; lane += LANES) {
        leaf_column(square_re, square_im, lane, 0);
        leaf_column(square_re, square_im, lane, 1);
        leaf_column(square_re, square_im, lane, 2);
        leaf_column(square_re, square_im, lane, 3);
        for (size_t tile = 0; tile < 4; tile++) {
            float* out = tiles + tile * tile_stride + lane;
            cvec x[4];
            for (size_t q = 0; q < 4; q++)
                x[q] = cload(square_re + at(4 * tile + q, lane), square_im + at(4 * tile + q, lane));
            dft4(x);
            for (size_t q = 0; q < 4; q++) cstore(out + q * PINNA_LEAF, out + q * PINNA_LEAF + PINNA_TILE, x[q]);
        }
    }
}

static void forward_leaf(float* tiles, size_t tile_stride, const float* re, const float* im)
{
    leaf(tiles, tile_stride, re, im);
}

/* One column of the first half of such a transform. */
INLINE void first_half(cvec x[4][4], const float* re, const float* im, const size_t j)
{
    cvec y[4];
    for (size_t q = 0; q < 4; q++) y[q] = cload(re + at(j + 4 * q, 0), im + at(j + 4 * q, 0));
    dft4(y);
    turn_leaf(y, j);
    for (size_t q = 0; q < 4; q++) x[q][j] = y[q];
}

/* Sixteen-point transforms down a vector's width of columns, two times four by four. */
INLINE void columns16(float* out_re, float* out_im, const float* re, const float* im, const float* turns)
{
    cvec x[4][4];
    first_half(x, re, im, 0);
    first_half(x, re, im, 1);
    first_half(x, re, im, 2);
    first_half(x, re, im, 3);
    for (size_t q = 0; q < 4; q++) {
        dft4(x[q]);
        for (size_t k = 0; k < 4; k++) {
            const float* turn = turns + at(4 * q + k, 0);
            cvec y = q + k ? cmul(x[q][k], cload(turn, turn + PINNA_GROUP)) : x[q][k];
            cstore(out_re + at(4 * q + k, 0), out_im + at(4 * q + k, 0), y);
        }
    }
}

static void forward256(float* tiles, size_t tile_stride, const float* re, const float* im, const float* turns)
{
    _Alignas(64) float group_re[PINNA_GROUP], group_im[PINNA_GROUP];
    for (size_t lane = 0; lane < PINNA_LEAF; lane += LANES)
        columns16(group_re + lane, group_im + lane, re + lane, im + lane, turns + lane);
    leaf(tiles, tile_stride, group_re, group_im);
}

INLINE void leaf_column_back(float* re, float* im, size_t lane, const size_t j)
{
    cvec x[4];
    for (size_t q = 0; q < 4; q++) x[q] = cload(re + at(j + 4 * q, lane), im + at(j + 4 * q, lane));
    turn_leaf_back(x, j);
    const cvec last = x[3];
    x[3] = x[1];
    x[1] = last;
    dft4(x);
    for (size_t q = 0; q < 4; q++) cstore(re + at(j + 4 * q, lane), im + at(j + 4 * q, lane), x[q]);
}

/* What the inverse transforms: a spectrum as it is, or with a product of two added. */
INLINE cvec sum_at(const float* sum, const float* x, const float* h, size_t place)
{
    if (!x) return cload(sum + place, sum + place + PINNA_TILE);
    const cvec y = cmul(cload(x + place, x + place + PINNA_TILE), cload(h + place, h + place + PINNA_TILE));
    return sum ? (cvec){y.re + load(sum + place), y.im + load(sum + place + PINNA_TILE)} : y;
}

INLINE void leaf_back(float* re, float* im, const float* sum, const float* x, const float* h)
{
    _Alignas(64) float square_re[PINNA_GROUP], square_im[PINNA_GROUP];
    for (size_t lane = 0; lane < PINNA_LEAF; lane += LANES) {
        for (size_t tile = 0; tile < 4; tile++) {
            cvec y[4];
            for (size_t q = 0; q < 4; q++)
                y[q] = sum_at(sum, x, h, tile * PINNA_TILE_FLOATS + (q ? 4 - q : 0) * PINNA_LEAF + lane);
            dft4(y);
            for (size_t q = 0; q < 4; q++)
                cstore(square_re + at(4 * tile + q, lane), square_im + at(4 * tile + q, lane), y[q]);
        }
        leaf_column_back(square_re, square_im, lane, 0);
        leaf_column_back(square_re, square_im, lane, 1);
        leaf_column_back(square_re, square_im, lane, 2);
        leaf_column_back(square_re, square_im, lane, 3);
    }
    transpose_stored(re, square_re);
    transpose_stored(im, square_im);
}

static void inverse_leaf(float* re, float* im, const float* tiles)
{
    leaf_back(re, im, tiles, NULL, NULL);
}

/* The same of products; out of line, like what comes after a transform's turning. */
APART void product_leaf(float* re, float* im, const float* sum, const float* x, const float* h)
{
    if (sum) leaf_back(re, im, sum, x, h);
    else leaf_back(re, im, NULL, x, h);
}

/* Eight-point transform in place; with x[k] and x[8 - k] exchanged beforehand it is the inverse. */
INLINE void dft8(cvec x[8])
{
    cvec even[4] = {x[0], x[2], x[4], x[6]}, odd[4] = {x[1], x[3], x[5], x[7]};
    dft4(even);
    dft4(odd);
    const cvec turned[4] = {odd[0],
                            {(odd[1].re + odd[1].im) * C2, (odd[1].im - odd[1].re) * C2},
                            {odd[2].im, -odd[2].re},
                            {(odd[3].im - odd[3].re) * C2, -(odd[3].re + odd[3].im) * C2}};
    for (size_t k = 0; k < 4; k++) {
        x[k] = (cvec){even[k].re + turned[k].re, even[k].im + turned[k].im};
        x[k + 4] = (cvec){even[k].re - turned[k].re, even[k].im - turned[k].im};
    }
}

/* A window's columns, into eight rows of a square. */
INLINE void window_columns(float* re, float* im, const float* early, const float* late,
                                  const pinna_window_turns* turns, size_t lane)
{
    cvec x[8];
    for (size_t row = 0; row < 8; row++)
        x[row] = cmul(cload(early + at(row, lane), late + at(row, lane)),
                      cload(turns->cosine + at(row, lane), turns->sine + at(row, lane)));
    dft8(x);
    cstore(re + lane, im + lane, x[0]);
    for (size_t k = 1; k < 8; k++)
        cstore(re + at(k, lane), im + at(k, lane),
               cmul_conj(x[k], cload(turns->turn_cosine + at(k, lane), turns->turn_sine + at(k, lane))));
}

static void forward_windows(float* tiles, const float* const early[2], const float* const late[2],
                            const pinna_window_turns* turns)
{
    _Alignas(64) float re[PINNA_GROUP], im[PINNA_GROUP];
    for (size_t w = 0; w < 2; w++)
        for (size_t lane = 0; lane < PINNA_LEAF; lane += LANES)
            window_columns(re + at(8 * w, 0), im + at(8 * w, 0), early[w], late[w], turns, lane);
    leaf(tiles, PINNA_TILE_FLOATS, re, im);
}

INLINE void window_columns_back(float* early, float* late, const float* re, const float* im,
                                       const pinna_window_turns* turns, size_t lane)
{
    cvec x[8] = {cload(re + lane, im + lane)};
    for (size_t k = 1; k < 8; k++)
        x[8 - k] = cmul(cload(re + at(k, lane), im + at(k, lane)),
                        cload(turns->turn_cosine + at(k, lane), turns->turn_sine + at(k, lane)));
    dft8(x);
    for (size_t row = 0; row < 8; row++) {
        const cvec turn = cload(turns->cosine + at(row, lane), turns->sine + at(row, lane));
        cvec y = cmul_conj(x[row], turn);
        const float scale = 1.0f / PINNA_WINDOW;
        store(late + at(row, lane), y.im * scale);
        if (early) store(early + at(row, lane), y.re * scale);
    }
}

static void inverse_windows(float* const early[2], float* const late[2], const float* sum, const float* x,
                            const float* h, const pinna_window_turns* turns)
{
    _Alignas(64) float re[PINNA_GROUP], im[PINNA_GROUP];
    product_leaf(re, im, sum, x, h);
    for (size_t w = 0; w < 2; w++)
        for (size_t lane = 0; lane < PINNA_LEAF; lane += LANES)
            window_columns_back(early[w], late[w], re + at(8 * w, 0), im + at(8 * w, 0), turns, lane);
}

static void multiply(float* out, const float* x, const float* h, bool add)
{
    for (size_t tile = 0; tile < PINNA_GROUP_TILES; tile++, out += PINNA_TILE_FLOATS, x += PINNA_TILE_FLOATS,
                h += PINNA_TILE_FLOATS)
        for (size_t bin = 0; bin < PINNA_TILE; bin += LANES) {
            const float *a = x + bin, *b = h + bin;
            float* sum = out + bin;
            cvec y = cmul(cload(a, a + PINNA_TILE), cload(b, b + PINNA_TILE));
            if (add) y = (cvec){y.re + load(sum), y.im + load(sum + PINNA_TILE)};
            cstore(sum, sum + PINNA_TILE, y);
        }
}

static inline void cmac(cvec* sum, const float* x, const float* h)
{
    const cvec a = cload(x, x + PINNA_TILE), b = cload(h, h + PINNA_TILE);
    sum->re += a.re * b.re;
    sum->im += a.re * b.im;
    sum->re -= a.im * b.im;
    sum->im += a.im * b.re;
}

/* Four vectors of sums stay in registers while the partitions stream by. */
static void mac(float* sum, const float* x, const float* h, size_t count)
{
    for (size_t bin = 0; bin < PINNA_TILE; bin += 4 * LANES) {
        float* out = sum + bin;
        cvec s0 = cload(out, out + PINNA_TILE), s1 = cload(out + LANES, out + LANES + PINNA_TILE);
        cvec s2 = cload(out + 2 * LANES, out + 2 * LANES + PINNA_TILE);
        cvec s3 = cload(out + 3 * LANES, out + 3 * LANES + PINNA_TILE);
        for (size_t j = 0; j < count; j++) {
            const float *a = x + j * PINNA_TILE_FLOATS + bin, *b = h + j * PINNA_TILE_FLOATS + bin;
            cmac(&s0, a, b);
            cmac(&s1, a + LANES, b + LANES);
            cmac(&s2, a + 2 * LANES, b + 2 * LANES);
            cmac(&s3, a + 3 * LANES, b + 3 * LANES);
        }
        cstore(out, out + PINNA_TILE, s0);
        cstore(out + LANES, out + LANES + PINNA_TILE, s1);
        cstore(out + 2 * LANES, out + 2 * LANES + PINNA_TILE, s2);
        cstore(out + 3 * LANES, out + 3 * LANES + PINNA_TILE, s3);
    }
}

static const pinna_spectral table = {SPECTRAL_NAME, weight,       unweight,     forward4,
                                     inverse4,      forward_leaf, inverse_leaf, forward256, mac,
                                     forward_windows, inverse_windows, multiply};
