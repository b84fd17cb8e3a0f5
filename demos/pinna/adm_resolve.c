/* SPDX-License-Identifier: MIT */
#include "adm_resolve.h"
#include "adm_names.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Objects nest a few levels deep in practice. */
enum { DEPTH_MAX = 32, CHANNEL_ID_LENGTH = 11 };

typedef enum list {
    LIST_PROGRAMMES,
    LIST_COMPLEMENTARY,
    LIST_MUTED,
    LIST_UNIMPORTANT,
    LIST_REPEATED,
    LIST_MISSING,
    LIST_TRACKLESS,
    LIST_FORMATLESS,
    LIST_COUNT
} list;

static const char* const sayings[LIST_COUNT] = {
    [LIST_PROGRAMMES] = "programmes not rendered (--programme chooses)",
    [LIST_COMPLEMENTARY] = "complementary objects not rendered",
    [LIST_MUTED] = "muted objects not rendered",
    [LIST_UNIMPORTANT] = "objects and packs below --importance not rendered",
    [LIST_REPEATED] = "objects that are part of themselves or of several others, rendered once",
    [LIST_MISSING] = "references to what is not there",
    [LIST_TRACKLESS] = "track UIDs without a track in chna, silent",
    [LIST_FORMATLESS] = "tracks whose channel format cannot be found, silent",
};

typedef struct walk {
    pinna_adm_model* model;
    const pinna_adm_choice* choice;
    pinna_adm_items* out;
    pinna_status status;
    pinna_adm_names lists[LIST_COUNT];
} walk;

/* What an object has from its parents. */
typedef struct inheritance {
    uint64_t from, to;
    double gain;
    bool head_locked;
    int depth;
} inheritance;

static bool has_prefix(const char* id, const char* prefix)
{
    return !strncasecmp(id, prefix, strlen(prefix));
}

static void list_element(walk* w, list which, const pinna_adm_element* element)
{
    pinna_adm_names_add(&w->lists[which], element->id, element->name);
}

/* --- before ------------------------------------------------------------------------------------------------------- */

/* chna and XML both speak of a track UID; where chna leaves something out, XML's word counts. */
static bool merge_uids(pinna_adm_model* model)
{
    static const char* const prefixes[] = {"AT_", "AC_", "AP_"};
    for (size_t i = 1; i < model->count; i++) {
        pinna_adm_element *chna = &model->elements[model->sorted[i - 1]], *xml = &model->elements[model->sorted[i]];
        if (chna->kind != PINNA_ADM_UID || xml->kind != PINNA_ADM_UID || strcasecmp(chna->id, xml->id)) continue;
        bool has_format = pinna_adm_model_reference(chna, "AT_") || pinna_adm_model_reference(chna, "AC_");
        for (size_t p = 0; p < sizeof prefixes / sizeof *prefixes; p++) {
            const char* id = pinna_adm_model_reference(xml, prefixes[p]);
            bool wanted = p < 2 ? !has_format : !pinna_adm_model_reference(chna, prefixes[p]);
            if (id && wanted && !pinna_adm_model_refer(model, chna, id, false)) return false;
        }
    }
    return true;
}

/* Streams name their tracks, tracks their stream; one of both is enough. */
static bool link_tracks(pinna_adm_model* model)
{
    for (size_t i = 0; i < model->count; i++) {
        const pinna_adm_element* stream = &model->elements[i];
        for (size_t k = 0; stream->kind == PINNA_ADM_STREAM && k < stream->reference_count; k++) {
            pinna_adm_element* track = pinna_adm_model_find(model, stream->references[k].id);
            if (!track || track->kind != PINNA_ADM_TRACK || pinna_adm_model_reference(track, "AS_")) continue;
            if (!pinna_adm_model_refer(model, track, stream->id, false)) return false;
        }
    }
    return true;
}

/* --- tracks ------------------------------------------------------------------------------------------------------- */

static const pinna_adm_element* find_of_kind(const walk* w, const char* id, pinna_adm_kind kind)
{
    const pinna_adm_element* element = id ? pinna_adm_model_find(w->model, id) : NULL;
    return element && element->kind == kind ? element : NULL;
}

/* AT_yyyyxxxx_01 of the common definitions stands for AC_yyyyxxxx; xxxx is below 1000 there. */
static bool common_channel_id(const char* track_id, char out[PINNA_ADM_ID_BYTES])
{
    enum { XXXX_AT = 7 };
    if (strlen(track_id) < CHANNEL_ID_LENGTH || track_id[XXXX_AT] != '0') return false;
    snprintf(out, PINNA_ADM_ID_BYTES, "AC_%.8s", track_id + 3);
    return true;
}

static pinna_adm_element* channel_of(const walk* w, const pinna_adm_element* uid)
{
    char id[PINNA_ADM_ID_BYTES] = "";
    const char *track_id = pinna_adm_model_reference(uid, "AT_"), *direct = pinna_adm_model_reference(uid, "AC_");
    const pinna_adm_element* track = find_of_kind(w, track_id, PINNA_ADM_TRACK);
    const pinna_adm_element* stream =
        track ? find_of_kind(w, pinna_adm_model_reference(track, "AS_"), PINNA_ADM_STREAM) : NULL;
    const char* channel_id = stream ? pinna_adm_model_reference(stream, "AC_") : NULL;
    if (channel_id || direct)
        snprintf(id, sizeof id, "%.*s", CHANNEL_ID_LENGTH, channel_id ? channel_id : direct);
    else if (!track_id || !common_channel_id(track_id, id))
        return NULL;
    pinna_adm_element* channel = pinna_adm_model_find(w->model, id);
    return channel && channel->kind == PINNA_ADM_CHANNEL ? channel : NULL;
}

static const char* pack_id_of(const pinna_adm_element* object, const pinna_adm_element* uid)
{
    const char* id = pinna_adm_model_reference(uid, "AP_");
    if (!id && object) id = pinna_adm_model_reference(object, "AP_");
    return id ? id : "";
}

static void append(walk* w, const pinna_adm_item* item)
{
    if (w->out->count == PINNA_ADM_ITEM_MAX) {
        w->status = PINNA_ERROR_LIMIT;
        return;
    }
    w->out->items[w->out->count++] = *item;
    item->channel->use_count++;
}

static void add_track(walk* w, const pinna_adm_element* object, const pinna_adm_element* uid, const inheritance* from)
{
    pinna_adm_element* channel = channel_of(w, uid);
    const char* pack_id = pack_id_of(object, uid);
    const pinna_adm_element* pack = find_of_kind(w, pack_id, PINNA_ADM_PACK);
    if (!uid->track) {
        list_element(w, LIST_TRACKLESS, uid);
    } else if (!channel) {
        list_element(w, LIST_FORMATLESS, uid);
    } else if (pack && pack->importance < w->choice->importance) {
        list_element(w, LIST_UNIMPORTANT, pack);
    } else {
        pinna_adm_item item = {.object = object,
                               .channel = channel,
                               .pack = pack,
                               .track = uid->track,
                               .start = object ? object->start : 0,
                               .from = from->from,
                               .to = from->to,
                               .gain = from->gain,
                               .head_locked = from->head_locked};
        pinna_adm_copy_text(item.pack_id, sizeof item.pack_id, pack_id);
        append(w, &item);
    }
}

/* --- objects ------------------------------------------------------------------------------------------------------ */

static void visit_object(walk* w, const char* id, inheritance parent);

static void follow(walk* w, const pinna_adm_element* object, const pinna_adm_reference* reference,
                   const inheritance* own)
{
    static const char silent[] = "ATU_00000000";
    if (has_prefix(reference->id, "AO_")) {
        const pinna_adm_element* child = find_of_kind(w, reference->id, PINNA_ADM_OBJECT);
        if (reference->complementary && child)
            list_element(w, LIST_COMPLEMENTARY, child);
        else if (!reference->complementary)
            visit_object(w, reference->id, *own);
    } else if (has_prefix(reference->id, "ATU_") && strcasecmp(reference->id, silent)) {
        const pinna_adm_element* uid = find_of_kind(w, reference->id, PINNA_ADM_UID);
        if (uid)
            add_track(w, object, uid, own);
        else
            pinna_adm_names_add(&w->lists[LIST_MISSING], reference->id, "");
    }
}

/* Each object once: that ends cycles, and files in which the number of ways to an object doubles with each level. */
static bool is_wanted(walk* w, pinna_adm_element* object, int depth)
{
    if (object->visits++ || depth > DEPTH_MAX)
        list_element(w, LIST_REPEATED, object);
    else if (object->importance < w->choice->importance)
        list_element(w, LIST_UNIMPORTANT, object);
    else if (object->mute)
        list_element(w, LIST_MUTED, object);
    else
        return true;
    return false;
}

static void visit_object(walk* w, const char* id, inheritance parent)
{
    pinna_adm_element* object = pinna_adm_model_find(w->model, id);
    if (!object || object->kind != PINNA_ADM_OBJECT) {
        pinna_adm_names_add(&w->lists[LIST_MISSING], id, "");
        return;
    }
    if (!is_wanted(w, object, parent.depth)) return;
    inheritance own = {object->start > parent.from ? object->start : parent.from,
                       object->end < parent.to ? object->end : parent.to, parent.gain * object->gain,
                       parent.head_locked || object->head_locked, parent.depth + 1};
    for (size_t i = 0; i < object->reference_count && !w->status; i++)
        follow(w, object, &object->references[i], &own);
}

static const inheritance nothing_inherited = {0, UINT64_MAX, 1, false, 0};

/* --- programmes --------------------------------------------------------------------------------------------------- */

static bool is_named(const pinna_adm_element* element, const char* name)
{
    return !strcasecmp(element->id, name) || !strcmp(element->name, name);
}

static const pinna_adm_element* choose_programme(walk* w)
{
    const pinna_adm_element* chosen = NULL;
    for (size_t i = 0; i < w->model->count; i++) {
        const pinna_adm_element* e = &w->model->elements[i];
        if (e->kind != PINNA_ADM_PROGRAMME) continue;
        if (w->choice->programme && !is_named(e, w->choice->programme)) continue;
        if (!chosen || strcasecmp(e->id, chosen->id) < 0) chosen = e;
    }
    for (size_t i = 0; i < w->model->count; i++) {
        const pinna_adm_element* e = &w->model->elements[i];
        if (e->kind == PINNA_ADM_PROGRAMME && e != chosen) list_element(w, LIST_PROGRAMMES, e);
    }
    return chosen;
}

static void walk_programme(walk* w, const pinna_adm_element* programme)
{
    for (size_t i = 0; i < programme->reference_count; i++) {
        const char* id = programme->references[i].id;
        const pinna_adm_element* content = find_of_kind(w, id, PINNA_ADM_CONTENT);
        if (!has_prefix(id, "ACO_")) continue;
        if (!content) pinna_adm_names_add(&w->lists[LIST_MISSING], id, "");
        for (size_t k = 0; content && k < content->reference_count && !w->status; k++)
            if (has_prefix(content->references[k].id, "AO_"))
                visit_object(w, content->references[k].id, nothing_inherited);
    }
}

/* Without a programme, every object that no other holds. */
static bool walk_objects(walk* w)
{
    bool any = false;
    for (size_t i = 0; i < w->model->count; i++) {
        const pinna_adm_element* parent = &w->model->elements[i];
        for (size_t k = 0; parent->kind == PINNA_ADM_OBJECT && k < parent->reference_count; k++) {
            pinna_adm_element* child = pinna_adm_model_find(w->model, parent->references[k].id);
            if (child && child->kind == PINNA_ADM_OBJECT) child->use_count++;
        }
    }
    for (size_t i = 0; i < w->model->count && !w->status; i++) {
        const pinna_adm_element* object = &w->model->elements[i];
        if (object->kind != PINNA_ADM_OBJECT) continue;
        any = true;
        if (!object->use_count) visit_object(w, object->id, nothing_inherited);
    }
    return any;
}

static void walk_tracks(walk* w)
{
    for (size_t i = 0; i < w->model->count && !w->status; i++)
        if (w->model->elements[i].kind == PINNA_ADM_UID) add_track(w, NULL, &w->model->elements[i], &nothing_inherited);
}

/* --- all of it ---------------------------------------------------------------------------------------------------- */

static pinna_status refuse(const walk* w, pinna_report* report, pinna_status status, const char* what)
{
    pinna_report_add(report, PINNA_SEVERITY_ERROR, "adm", "%s: %s", w->choice->path, what);
    return status;
}

static pinna_status conclude(walk* w, pinna_report* report)
{
    char text[96];
    snprintf(text, sizeof text, "its objects use more than %d tracks", PINNA_ADM_ITEM_MAX);
    for (int i = 0; i < LIST_COUNT; i++)
        pinna_adm_names_tell(&w->lists[i], PINNA_SEVERITY_NOTE, "ignored", w->choice->path, sayings[i], report);
    if (w->status) return refuse(w, report, w->status, text);
    if (w->out->count) return PINNA_OK;
    return refuse(w, report, PINNA_ERROR_DATA,
                  "its ADM describes nothing that can be heard; give --layout to render its channels as loudspeakers");
}

pinna_status pinna_adm_resolve(pinna_adm_model* model, const pinna_adm_choice* choice, pinna_report* report,
                               pinna_adm_items* out)
{
    walk w = {.model = model, .choice = choice, .out = out};
    char text[320];
    out->count = 0;
    if (!merge_uids(model) || !link_tracks(model)) return PINNA_ERROR_MEMORY;
    const pinna_adm_element* programme = choose_programme(&w);
    if (choice->programme && !programme) {
        const pinna_adm_names* names = &w.lists[LIST_PROGRAMMES];
        snprintf(text, sizeof text, "has no programme '%s'; it has %s", choice->programme,
                 names->count ? names->text : "none");
        return refuse(&w, report, PINNA_ERROR_ARGUMENT, text);
    }
    if (programme)
        walk_programme(&w, programme);
    else if (!walk_objects(&w))
        walk_tracks(&w);
    return conclude(&w, report);
}
