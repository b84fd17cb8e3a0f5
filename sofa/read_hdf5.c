/* SPDX-License-Identifier: MIT */
#include "netcdf_file.h"

#ifdef PINNA_SOFA_HDF5
#include <hdf5.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Reads the fields straight from HDF5. netCDF-C must understand a file whole before it opens it: one attribute written
 * by a newer HDF5, on a variable nobody asks for, and it gives up. Here only what is wanted is looked at.
 */

static const size_t max_values = (size_t)1 << 27;

typedef struct reading {
    hid_t file;
    size_t taken;
    void* blocks[PINNA_SOFA_FIELD_COUNT];
    pinna_sofa_fields* fields;
} reading;

/* Text of an attribute in memory to be freed, or NULL. */
static char* read_fixed_text(hid_t attribute, hid_t type)
{
    size_t length = H5Tget_size(type);
    if (length == 0 || length > 1 << 20) return NULL;
    char* text = calloc(length + 1, 1);
    if (text && H5Aread(attribute, type, text) < 0) text[0] = '\0';
    return text;
}

static char* read_variable_text(hid_t attribute, hid_t type)
{
    char *stored = NULL, *text = NULL;
    if (H5Aread(attribute, type, &stored) >= 0 && stored) {
        text = malloc(strlen(stored) + 1);
        if (text) strcpy(text, stored);
        H5free_memory(stored);
    }
    return text;
}

static char* read_text(hid_t object, const char* name)
{
    if (H5Aexists(object, name) <= 0) return NULL;
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    if (attribute < 0) return NULL;
    hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
    char* text = NULL;
    if (H5Tget_class(type) == H5T_STRING && H5Sget_simple_extent_npoints(space) == 1)
        text = H5Tis_variable_str(type) > 0 ? read_variable_text(attribute, type) : read_fixed_text(attribute, type);
    H5Sclose(space);
    H5Tclose(type);
    H5Aclose(attribute);
    return text;
}

static void copy_text(hid_t object, const char* name, char* out, size_t out_bytes)
{
    char* text = read_text(object, name);
    if (text) pinna_sofa_copy_text(out, out_bytes, text);
    free(text);
}

/* The letter of the dimension scale that a DIMENSION_LIST entry refers to. */
static char axis_of(hid_t set, const hvl_t* entry)
{
    char path[64] = "";
    if (entry->len == 0 || !entry->p) return '?';
    hid_t scale = H5Rdereference2(set, H5P_DEFAULT, H5R_OBJECT, entry->p);
    if (scale < 0) return '?';
    H5Iget_name(scale, path, sizeof path);
    H5Oclose(scale);
    const char* slash = strrchr(path, '/');
    return pinna_sofa_axis(slash ? slash + 1 : path);
}

static void take_axes(hid_t set, pinna_sofa_array* out)
{
    memset(out->axes, '?', out->rank);
    if (H5Aexists(set, "DIMENSION_LIST") <= 0) return;
    hid_t attribute = H5Aopen(set, "DIMENSION_LIST", H5P_DEFAULT);
    if (attribute < 0) return;
    hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
    hvl_t entries[PINNA_SOFA_MAX_RANK] = {{0, NULL}};
    bool fits = H5Tget_class(type) == H5T_VLEN && H5Sget_simple_extent_npoints(space) == (hssize_t)out->rank;
    if (fits && H5Aread(attribute, type, entries) >= 0) {
        for (uint32_t d = 0; d < out->rank; d++) out->axes[d] = axis_of(set, &entries[d]);
        H5Dvlen_reclaim(type, space, H5P_DEFAULT, entries);
    }
    H5Sclose(space);
    H5Tclose(type);
    H5Aclose(attribute);
}

static bool take_shape(hid_t set, pinna_sofa_array* out)
{
    hsize_t sizes[PINNA_SOFA_MAX_RANK] = {0};
    hid_t space = H5Dget_space(set);
    int rank = H5Sget_simple_extent_ndims(space);
    bool fits = rank >= 0 && rank <= PINNA_SOFA_MAX_RANK && H5Sget_simple_extent_dims(space, sizes, NULL) >= 0;
    bool is_null = H5Sget_simple_extent_type(space) == H5S_NULL;
    H5Sclose(space);
    out->count = is_null ? 0 : 1;
    out->rank = fits ? (uint32_t)rank : 0;
    for (uint32_t d = 0; d < out->rank; d++) {
        out->sizes[d] = (size_t)sizes[d];
        if (sizes[d] && out->count > max_values / sizes[d]) return false;
        out->count *= out->sizes[d];
    }
    return fits;
}

static bool holds_numbers(hid_t set)
{
    hid_t type = H5Dget_type(set);
    H5T_class_t class = H5Tget_class(type);
    H5Tclose(type);
    return class == H5T_FLOAT || class == H5T_INTEGER;
}

/* Virtual storage may gather what lies elsewhere in the same file, which it calls ".". */
static bool gathers_from_others(hid_t plan)
{
    size_t count = 0;
    if (H5Pget_virtual_count(plan, &count) < 0) return true;
    for (size_t i = 0; i < count; i++) {
        char name[2] = "";
        if (H5Pget_virtual_filename(plan, i, name, sizeof name) != 1 || name[0] != '.') return true;
    }
    return false;
}

/* Whoever sends a file must not have it read others of this computer. */
static bool lies_elsewhere(hid_t file, const char* name, hid_t set)
{
    H5L_info_t link;
    if (H5Lget_info(file, name, &link, H5P_DEFAULT) < 0 || link.type > H5L_TYPE_SOFT) return true;
    if (set < 0) return false;
    hid_t plan = H5Dget_create_plist(set);
    bool is_virtual = H5Pget_layout(plan) == H5D_VIRTUAL;
    bool is_elsewhere = is_virtual ? gathers_from_others(plan) : H5Pget_external_count(plan) != 0;
    H5Pclose(plan);
    return is_elsewhere;
}

static double read_number(hid_t set, const char* name, double otherwise)
{
    double value = otherwise;
    hid_t attribute = H5Aexists(set, name) > 0 ? H5Aopen(set, name, H5P_DEFAULT) : -1;
    if (attribute < 0) return otherwise;
    hid_t space = H5Aget_space(attribute);
    if (H5Sget_simple_extent_npoints(space) != 1 || H5Aread(attribute, H5T_NATIVE_DOUBLE, &value) < 0)
        value = otherwise;
    H5Sclose(space);
    H5Aclose(attribute);
    return value;
}

/* Numbers packed as netCDF's users do: times scale_factor, plus add_offset. */
static void unpack(hid_t set, const pinna_sofa_array* a, bool exact, void* block)
{
    double scale = read_number(set, "scale_factor", 1), offset = read_number(set, "add_offset", 0);
    if (scale == 1 && offset == 0) return;
    for (size_t i = 0; i < a->count; i++)
        if (exact) ((double*)block)[i] = ((double*)block)[i] * scale + offset;
        else ((float*)block)[i] = (float)((double)((float*)block)[i] * scale + offset);
}

static pinna_status take_set(reading* r, int field, hid_t set)
{
    pinna_sofa_array a = {.count = 0};
    if (!holds_numbers(set)) return PINNA_OK;
    if (!take_shape(set, &a) || a.count > max_values - r->taken) return PINNA_ERROR_LIMIT;
    if (a.count == 0) return PINNA_OK;
    bool exact = pinna_sofa_field_is_exact(field);
    r->blocks[field] = calloc(a.count, exact ? sizeof(double) : sizeof(float));
    if (!r->blocks[field]) return PINNA_ERROR_MEMORY;
    r->taken += a.count;
    hid_t type = exact ? H5T_NATIVE_DOUBLE : H5T_NATIVE_FLOAT;
    if (H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, r->blocks[field]) < 0) return PINNA_ERROR_FORMAT;
    copy_text(set, "Type", a.type, sizeof a.type);
    copy_text(set, "Units", a.units, sizeof a.units);
    take_axes(set, &a);
    if (exact) a.exact = r->blocks[field];
    else a.values = r->blocks[field];
    unpack(set, &a, exact, r->blocks[field]);
    *pinna_sofa_field_of(r->fields, field) = a;
    return PINNA_OK;
}

static pinna_status take_all(reading* r)
{
    pinna_status status = PINNA_OK;
    for (int field = 0; field < PINNA_SOFA_FIELD_COUNT && !status; field++) {
        const char* name = pinna_sofa_field_name(field);
        if (H5Lexists(r->file, name, H5P_DEFAULT) <= 0) continue;
        hid_t set = H5Dopen2(r->file, name, H5P_DEFAULT);
        if (lies_elsewhere(r->file, name, set)) status = PINNA_ERROR_UNSUPPORTED;
        else status = set < 0 ? PINNA_ERROR_FORMAT : take_set(r, field, set);
        if (set >= 0) H5Dclose(set);
    }
    hid_t root = H5Gopen2(r->file, "/", H5P_DEFAULT);
    const char* name;
    for (int i = 0; root >= 0 && (name = pinna_sofa_text_name(i)); i++)
        copy_text(root, name, pinna_sofa_text_of(&r->fields->info, name), PINNA_SOFA_TEXT_BYTES);
    if (root >= 0) H5Gclose(root);
    pinna_sofa_copy_text(r->fields->info.reader, sizeof r->fields->info.reader, "HDF5");
    return status;
}

static hid_t open_bytes(const void* bytes, size_t byte_count)
{
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    hid_t file = -1;
    /* HDF5 takes a copy of the bytes, whatever the missing const says. */
    if (H5Pset_fapl_core(access, 1 << 20, false) >= 0 &&
        H5Pset_file_image(access, (void*)(uintptr_t)bytes, byte_count) >= 0)
        file = H5Fopen(PINNA_SOFA_NO_PATH, H5F_ACC_RDONLY, access);
    H5Pclose(access);
    return file;
}

static void free_blocks(void* owner)
{
    void** blocks = owner;
    for (int i = 0; i < PINNA_SOFA_FIELD_COUNT; i++) free(blocks[i]);
    free(blocks);
}

pinna_status pinna_sofa_read_hdf5_here(const void* bytes, size_t byte_count, pinna_sofa_fields* out, char* error,
                                       size_t error_bytes)
{
    memset(out, 0, sizeof *out);
    pinna_sofa_register_lzf();
    reading r = {.file = open_bytes(bytes, byte_count), .fields = out};
    pinna_status status = r.file < 0 ? PINNA_ERROR_FORMAT : take_all(&r);
    if (r.file >= 0) H5Fclose(r.file);
    void** owner = malloc(sizeof r.blocks);
    if (owner) memcpy(owner, r.blocks, sizeof r.blocks);
    if (!owner) status = PINNA_ERROR_MEMORY;
    out->owner = owner;
    out->release = free_blocks;
    if (!status) return PINNA_OK;
    if (owner) pinna_sofa_fields_release(out);
    snprintf(error, error_bytes, "%s",
             status == PINNA_ERROR_LIMIT
                 ? "it holds more dimensions or values than any set of responses has; thin it out"
             : status == PINNA_ERROR_UNSUPPORTED ? "its data lie in another file (HDF5's external links or storage), "
                                                   "which is never opened; ask its maker for one "
                                                   "that is whole (h5repack)"
                                                 : "HDF5 cannot read it; download it again, or ask its maker");
    return status;
}
#endif
