/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_COMMANDS_H
#define PINNA_DEMOS_COMMANDS_H

/* One function per subcommand, one file per function. argv[0] is the subcommand's name; each returns an exit code of
   cli.h. */
int pinna_command_info(int argc, char** argv);
int pinna_command_convert(int argc, char** argv);
int pinna_command_plot(int argc, char** argv);
int pinna_command_render(int argc, char** argv);
int pinna_command_probe(int argc, char** argv);
int pinna_command_presets(int argc, char** argv);
int pinna_command_bench(int argc, char** argv);
int pinna_command_bake(int argc, char** argv);
int pinna_command_live(int argc, char** argv);

#endif
