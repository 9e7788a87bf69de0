import { fuzz } from "../../test/fuzzing/fuzz.ts";
import { runScenario } from "../../test/simulation/scenario.ts";
import type { Answer, Task } from "./tasks.ts";

async function perform(task: Task): Promise<Answer> {
  try {
    if (task.kind === "seed") return { ...(await runScenario(task.seed)), runs: 0 };
    return { ...(await fuzz(task.seed, task.milliseconds)), healed: 0 };
  } catch (error) {
    return { violations: [error instanceof Error ? (error.stack ?? error.message) : String(error)], healed: 0, runs: 0 };
  }
}

process.on("message", (task) => {
  void perform(task as Task).then((answer) => process.send?.(answer));
});
