/* SPDX-License-Identifier: MIT */
#include "ambisonics/harmonics.h"

#include <math.h>

uint32_t pinna_ambisonics_channel_count(uint32_t order)
{
    return order <= PINNA_AMBISONICS_MAX_ORDER ? (order + 1) * (order + 1) : 0;
}

uint32_t pinna_ambisonics_order_of(uint32_t channel_count)
{
    for (uint32_t order = 1; order <= PINNA_AMBISONICS_MAX_ORDER; order++)
        if (pinna_ambisonics_channel_count(order) == channel_count) return order;
    return 0;
}

/*
 * Writes the channels of index m and -m: sqrt((2 - [m = 0]) (l - m)! / (l + m)!) times Legendre's function without its
 * factor sin^m, which is already in c + i s = (x + i y)^m.
 */
static void encode_index(uint32_t order, uint32_t m, double z, double c, double s, float* gains)
{
    double before = 0.0, legendre = 1.0, norm = m ? 2.0 : 1.0;
    for (uint32_t k = 1; k <= m; k++) legendre *= 2.0 * k - 1.0;
    for (uint32_t k = 1; k <= 2 * m; k++) norm /= k;
    for (uint32_t l = m; l <= order; l++) {
        double value = sqrt(norm) * legendre;
        gains[pinna_acn(l, (int32_t)m)] = (float)(value * c);
        if (m) gains[pinna_acn(l, -(int32_t)m)] = (float)(value * s);
        double next = ((2.0 * l + 1.0) * z * legendre - ((double)l + m) * before) / (l + 1.0 - m);
        before = legendre;
        legendre = next;
        norm *= (l + 1.0 - m) / (l + 1.0 + m);
    }
}

void pinna_ambisonics_encode(uint32_t order, pinna_vec3 direction, float* gains)
{
    if (order > PINNA_AMBISONICS_MAX_ORDER) return;
    pinna_vec3 d = pinna_vec3_normalize(direction);
    double c = 1.0, s = 0.0;
    for (uint32_t m = 0; m <= order; m++) {
        encode_index(order, m, d.z, c, s, gains);
        double turned = c * d.x - s * d.y;
        s = c * d.y + s * d.x;
        c = turned;
    }
}
