/* SPDX-License-Identifier: MIT */
/* A source on a circle, gliding or in steps, against one whose direction is new at every frame. */
#include "reference.h"

#define PI 3.14159265358979323846

enum { RATE = 48000, RAMP = 32, FRAMES = 16384, LEAD = 1024 }; /* LEAD: before the first frame compared */

/** Where the source is at a frame. */
typedef struct motion {
    double speed_deg_s;
    double step_deg;     /**< 0: glides evenly. */
    uint32_t step_frames;
    double elevation_deg;
} motion;

static pinna_vec3 direction_at(const motion* m, size_t frame)
{
    double degrees = m->step_frames ? m->step_deg * (double)(frame / m->step_frames) : m->speed_deg_s * (double)frame / RATE;
    return pinna_direction_from_spherical((float)fmod(degrees, 360.0), (float)m->elevation_deg);
}

typedef struct rendering {
    float *left, *right;
} rendering;

static rendering rendering_create(void)
{
    return (rendering){calloc(FRAMES, sizeof(float)), calloc(FRAMES, sizeof(float))};
}

static void rendering_destroy(rendering* r)
{
    free(r->left);
    free(r->right);
}

/* A period's target is set at its first frame and reached at the next period's. */
static rendering render_moving(pinna_hrtf* hrtf, pinna_method method, uint32_t ramp, const motion* m, const float* input)
{
    rendering out = rendering_create();
    pinna_renderer_config config = plain_config(hrtf, method);
    config.ramp_frames = ramp;
    pinna_renderer* renderer = renderer_of(&config);
    pinna_source source = source_at(renderer, direction_at(m, 0));
    for (size_t frame = 0; frame < FRAMES; frame += ramp) {
        move_source(renderer, source, direction_at(m, frame + ramp));
        process_one(renderer, source, input + frame, out.left + frame, out.right + frame, ramp);
    }
    pinna_renderer_destroy(renderer);
    return out;
}

static rendering render_reference(const pinna_hrtf* hrtf, const motion* m, const float* input, size_t offset)
{
    rendering out = rendering_create();
    reference* r = reference_create(hrtf, input, FRAMES);
    filters f = filters_create(hrtf);
    for (size_t frame = 0; frame < FRAMES; frame++) {
        filters_look_up(hrtf, direction_at(m, frame + offset), &f);
        out.left[frame] = reference_frame(r, &f, PINNA_LEFT, frame);
        out.right[frame] = reference_frame(r, &f, PINNA_RIGHT, frame);
    }
    filters_destroy(&f);
    reference_destroy(r);
    return out;
}

static double both_residual_db(const rendering* reference_out, const rendering* got)
{
    double error = 0.0, signal = 0.0;
    for (size_t n = LEAD; n < FRAMES; n++) {
        double l = (double)got->left[n] - reference_out->left[n], r = (double)got->right[n] - reference_out->right[n];
        error += l * l + r * r;
        signal += (double)reference_out->left[n] * reference_out->left[n] + (double)reference_out->right[n] * reference_out->right[n];
    }
    return ratio_db(error, signal);
}

static void try(const char*label, pinna_hrtf*hrtf,const motion*m,double hi){
  float* in=band_noise(FRAMES,20,hi,RATE,5);
  rendering got=render_moving(hrtf,PINNA_METHOD_EXACT,RAMP,m,in);
  for(size_t off=0;off<2;off++){
  rendering ref=render_reference(hrtf,m,in,off);
  say(label,"noise to %.0f, %.0f deg/s, el %.0f, offset %zu: %.1f dB",hi,m->speed_deg_s,m->elevation_deg,off,both_residual_db(&ref,&got));rendering_destroy(&ref);}
  free(in);rendering_destroy(&got);
}
Test(moving,try){
 for(int s=0;s<2;s++){ pinna_hrtf*h=need_hrtf(&all_sets[s]);
  double sp[]={0,90,360,720};
  for(int i=0;i<4;i++){motion m={.speed_deg_s=sp[i]}; try(all_sets[s].label,h,&m,20000); try(all_sets[s].label,h,&m,16000);m.elevation_deg=17;try(all_sets[s].label,h,&m,16000);}
 }}
