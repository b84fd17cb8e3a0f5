// SPDX-License-Identifier: MIT
// The same from C++, with every public header, and a head read from a SOFA file (the default, or the one named).
#include <pinna/base.h>
#include <pinna/convolver.h>
#include <pinna/geometry.h>
#include <pinna/hrtf.h>
#include <pinna/renderer.h>
#include <pinna/sofa.h>
#include <pinna/tracking.h>

#include <array>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

int main(int argc, char** argv)
{
    if (argc > 1 && std::string(argv[1]) == "--version") return std::puts(pinna_version()) < 0;
    std::unique_ptr<pinna_report> report(new pinna_report());
    pinna_prepare_config prepare = pinna_prepare_config_default();
    pinna_renderer_config config = pinna_renderer_config_default();
    if (pinna_sofa_load_hrtf(argc > 1 ? argv[1] : nullptr, &prepare, report.get(), &config.hrtf)) {
        std::fprintf(stderr, "%s\n", pinna_report_error(report.get()));
        return pinna_sofa_default_path() ? 1 : 77;
    }
    std::unique_ptr<pinna_hrtf, void (*)(pinna_hrtf*)> hrtf(config.hrtf, pinna_hrtf_release);
    pinna_renderer* created = nullptr;
    if (pinna_renderer_create(&config, &created)) return 1;
    std::unique_ptr<pinna_renderer, void (*)(pinna_renderer*)> renderer(created, pinna_renderer_destroy);

    pinna_source source = {};
    if (pinna_source_create(renderer.get(), &source)) return 1;
    pinna_source_params params = pinna_source_params_default();
    params.position = pinna_direction_from_spherical(90.0f, 0.0f);
    if (pinna_source_set_params(renderer.get(), source, &params)) return 1;
    std::vector<float> in(480), left(480), right(480);
    for (int block = 0; block < 100; block++) {
        for (std::size_t i = 0; i < in.size(); i++) in[i] = 0.2f * static_cast<float>(i % 120) / 120.0f - 0.1f;
        pinna_input input = {source, in.data()};
        pinna_renderer_process(renderer.get(), &input, 1, left.data(), right.data(), in.size());
        for (std::size_t i = 0; i < in.size(); i++) {
            std::array<float, 2> frame = {{left[i], right[i]}};
            std::fwrite(frame.data(), sizeof(float), 2, stdout);
        }
    }
    return std::fflush(stdout) != 0;
}
