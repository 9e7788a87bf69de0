import { basename } from "node:path";
import { type Command, command } from "../command.ts";
import type { Shell } from "../shell.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;
type Completed = (typeof SHELLS)[number];

interface CompletionArgs {
  shell: Completed | undefined;
}

/** Each asks the program itself, by the hidden option of yargs, which writes in the form that `SHELL` names. */
const SCRIPTS: Record<Completed, string> = {
  bash: `# In ~/.bashrc: source <(homeport completion bash)
_homeport() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -W "$(SHELL=bash homeport --get-yargs-completions "\${COMP_WORDS[@]}" 2>/dev/null)" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o bashdefault -o default -F _homeport homeport`,
  zsh: `#compdef homeport
# In ~/.zshrc, after compinit: source <(homeport completion zsh)
_homeport() {
  local -a found
  found=("\${(@f)$(SHELL=zsh homeport --get-yargs-completions "\${words[@]}" 2>/dev/null)}")
  if [[ -n "\${found[1]}" ]]; then _describe 'homeport' found; else _default; fi
}
if [[ "\${zsh_eval_context[-1]}" == loadautofunc ]]; then _homeport "$@"; else compdef _homeport homeport; fi`,
  fish: `# homeport completion fish > ~/.config/fish/completions/homeport.fish
function __homeport
    set -lx SHELL fish
    homeport --get-yargs-completions (commandline -opc) (commandline -ct) 2>/dev/null
end
complete -c homeport -a '(__homeport)'`,
};

export const completionCommands = (shell: Shell): Command[] => [
  command<CompletionArgs>(shell, {
    command: "completion [shell]",
    describe: "Print the completion script for bash, zsh or fish (default: that of $SHELL)",
    options: (yargs) => yargs.positional("shell", { choices: SHELLS, describe: "The shell" }),
    async run(args) {
      const script = SCRIPTS[args.shell ?? shellOf(shell.env)];
      await shell.stdout.write(`${script}\n`);
    },
  }),
];

function shellOf(env: Shell["env"]): Completed {
  const name = basename(env.SHELL ?? "");
  return SHELLS.find((one) => one === name) ?? "bash";
}
