import { fuzz } from "../../test/fuzzing/fuzz.ts";
import { runScenario } from "../../test/simulation/scenario.ts";
import { resolve } from "../../src/sync/account/resolve.ts";
import { CLAIMS } from "../../test/unit/account/model/claims.ts";
import { firstFault } from "../../test/unit/account/model/search.ts";
import type { Answer, Task } from "./tasks.ts";

async function perform(task: Task): Promise<Answer> {
  try {
    if (task.kind === "seed") return { ...(await runScenario(task.seed)), runs: 0 };
    if (task.kind === "model") return checkModel(task.claim, task.ops);
    return { ...(await fuzz(task.seed, task.milliseconds)), healed: 0 };
  } catch (error) {
    return { violations: [error instanceof Error ? (error.stack ?? error.message) : String(error)], healed: 0, runs: 0 };
  }
}

function checkModel(claim: string, ops: number): Answer {
  const check = CLAIMS[claim];
  const fault = check && firstFault(resolve, ops, [[claim, check]]);
  return { violations: fault ? [`${claim}: ${fault.what}`] : [], healed: 0, runs: 0 };
}

process.on("message", (task) => {
  void perform(task as Task).then((answer) => process.send?.(answer));
});
