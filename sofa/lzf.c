/* SPDX-License-Identifier: MIT */
#include "netcdf_file.h"

#ifdef PINNA_SOFA_HDF5
#include <hdf5.h>

/*
 * h5py's own compression, LZF, as a filter of the HDF5 library, which has none. A packed block is a row of pieces. A
 * byte below 32 says how many bytes, less one, follow as they are. Any other says that bytes come again: the upper
 * three bits how many, less two (all set: add the next byte), the lower five and the byte behind from how far back,
 * less one.
 * (The format of Marc Lehmann's LibLZF; number 32000 of The HDF Group's list of filters.)
 */

enum { LZF = 32000, PLAIN_END = 32, MOST_BITS = 7, LEAST_COPY = 2 };

/* An unpacked chunk is far smaller; the limits of memory of the process that reads end what is not. */
static const size_t most_bytes = (size_t)1 << 30;

typedef struct packed {
    const unsigned char* in;
    size_t at, end;
} packed;

/* Reads the head of a piece: its length, and from how far back it comes (0: it follows as it is). False at the end, and
   where bytes are missing. */
static bool read_head(packed* p, size_t* length, size_t* back)
{
    if (p->at >= p->end) return false;
    size_t head = p->in[p->at++];
    *back = 0, *length = head + 1;
    if (head < PLAIN_END) return *length <= p->end - p->at;
    *length = head >> 5;
    if (*length == MOST_BITS && p->at < p->end) *length += p->in[p->at++];
    if (p->at >= p->end) return false;
    *length += LEAST_COPY;
    *back = ((head & 31) << 8 | p->in[p->at++]) + 1;
    return true;
}

/* Unpacked length, or 0 where the block is damaged. Without out only the length is found. */
static size_t unpack(const unsigned char* in, size_t byte_count, unsigned char* out)
{
    packed p = {.in = in, .end = byte_count};
    size_t made = 0, length, back;
    while (read_head(&p, &length, &back)) {
        if (back > made || length > most_bytes - made) return 0;
        for (size_t i = 0; out && i < length; i++) out[made + i] = back ? out[made + i - back] : p.in[p.at + i];
        if (!back) p.at += length;
        made += length;
    }
    return p.at == p.end ? made : 0;
}

/* A filter of HDF5: takes the chunk's bytes and gives others for them; 0 is failure. */
static size_t filter(unsigned flags, size_t value_count, const unsigned values[], size_t byte_count, size_t* room,
                     void** bytes)
{
    (void)value_count, (void)values;
    if (!(flags & H5Z_FLAG_REVERSE)) return 0; /* Nothing is packed here. */
    size_t made = unpack(*bytes, byte_count, NULL);
    unsigned char* out = made ? H5allocate_memory(made, false) : NULL;
    if (!out) return 0;
    unpack(*bytes, byte_count, out);
    H5free_memory(*bytes);
    *bytes = out;
    *room = made;
    return made;
}

void pinna_sofa_register_lzf(void)
{
    static const H5Z_class2_t lzf = {.version = H5Z_CLASS_T_VERS, .id = LZF, .encoder_present = 0,
                                     .decoder_present = 1, .name = "lzf", .filter = filter};
    H5Zregister(&lzf);
}
#endif
