/* SPDX-License-Identifier: MIT */
/*
 * Degree l from degrees 1 and l - 1: Ivanic and Ruedenberg 1996, "Rotation matrices for real spherical harmonics.
 * Direct determination by recursion", J. Phys. Chem. 100, with the corrections of 1998 (J. Phys. Chem. A 102). Names
 * as in their tables: coefficients u, v, w and functions U, V, W over P.
 */
#include "ambisonics/harmonics.h"

#include <math.h>

/* Matrices of degree 1 and of the degree before, rows and columns from -l to l. */
typedef struct recursion {
    int degree;
    const float *first, *before;
} recursion;

static double first_at(const recursion* r, int row, int column)
{
    return r->first[(row + 1) * 3 + column + 1];
}

static double before_at(const recursion* r, int row, int column)
{
    int l = r->degree - 1;
    return r->before[(row + l) * (2 * l + 1) + column + l];
}

static double function_p(const recursion* r, int i, int row, int column)
{
    int l = r->degree;
    if (column == l)
        return first_at(r, i, 1) * before_at(r, row, l - 1) - first_at(r, i, -1) * before_at(r, row, 1 - l);
    if (column == -l)
        return first_at(r, i, 1) * before_at(r, row, 1 - l) + first_at(r, i, -1) * before_at(r, row, l - 1);
    return first_at(r, i, 0) * before_at(r, row, column);
}

static double function_v(const recursion* r, int m, int column)
{
    const double root_two = 1.4142135623730951;
    if (m == 0) return function_p(r, 1, 1, column) + function_p(r, -1, -1, column);
    if (m == 1) return root_two * function_p(r, 1, 0, column);
    if (m == -1) return root_two * function_p(r, -1, 0, column);
    if (m > 0) return function_p(r, 1, m - 1, column) - function_p(r, -1, 1 - m, column);
    return function_p(r, 1, m + 1, column) + function_p(r, -1, -m - 1, column);
}

static double function_w(const recursion* r, int m, int column)
{
    if (m > 0) return function_p(r, 1, m + 1, column) + function_p(r, -1, -m - 1, column);
    return function_p(r, 1, m - 1, column) - function_p(r, -1, 1 - m, column);
}

/* The functions read rows beyond the degree before only where their coefficient is 0. */
static double entry(const recursion* r, int m, int column)
{
    int l = r->degree, size = m < 0 ? -m : m;
    double below = column == l || column == -l ? 2.0 * l * (2.0 * l - 1.0) : (double)(l + column) * (l - column);
    double sum = 0.0;
    if (size < l) sum += sqrt((l + m) * (l - m) / below) * function_p(r, 0, m, column);
    double v = 0.5 * sqrt((m ? 1.0 : 2.0) * (l + size - 1) * (l + size) / below) * (m ? 1.0 : -1.0);
    sum += v * function_v(r, m, column);
    if (m && size < l - 1) sum -= 0.5 * sqrt((l - size - 1.0) * (l - size) / below) * function_w(r, m, column);
    return sum;
}

/* Degree 1 is the rotation itself, its axes in the order y, z, x. */
static void make_first(pinna_quat q, float* matrix)
{
    const pinna_vec3 axes[3] = {{0.0f, 1.0f, 0.0f}, {0.0f, 0.0f, 1.0f}, {1.0f, 0.0f, 0.0f}};
    for (int column = 0; column < 3; column++) {
        pinna_vec3 turned = pinna_quat_rotate(q, axes[column]);
        matrix[column] = turned.y;
        matrix[3 + column] = turned.z;
        matrix[6 + column] = turned.x;
    }
}

void pinna_rotation_make(uint32_t order, pinna_quat q, float* matrices)
{
    matrices[0] = 1.0f;
    if (order > 0) make_first(q, matrices + pinna_rotation_start(1));
    for (int l = 2; l <= (int)order; l++) {
        recursion r = {l, matrices + pinna_rotation_start(1), matrices + pinna_rotation_start((uint32_t)l - 1)};
        float* out = matrices + pinna_rotation_start((uint32_t)l);
        for (int m = -l; m <= l; m++)
            for (int column = -l; column <= l; column++) *out++ = (float)entry(&r, m, column);
    }
}
