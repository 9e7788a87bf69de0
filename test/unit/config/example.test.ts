import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "smol-toml";
import { describe, expect, it } from "vitest";
import { configFileSchema, configJsonSchema } from "../../../src/node/config-schema.ts";

const CONFIG = join(import.meta.dirname, "..", "..", "..", "config");
const example = readFileSync(join(CONFIG, "config.example.toml"), "utf8");

/** The example with every commented setting switched on. */
const everything = example.replaceAll(/^# ([a-z-]+ = |\[[a-z-]+\]$)/gm, "$1");

describe("config/", () => {
  it("the example changes nothing as it stands", () => {
    expect(configFileSchema.parse(parse(example))).toEqual({});
  });

  it("the example shows every setting, with a value that is accepted", () => {
    const settings = configFileSchema.parse(parse(everything));
    expect(Object.keys(settings).toSorted()).toEqual(Object.keys(configFileSchema.shape).toSorted());
  });

  it("the JSON schema is the one by which the file is read (npm run schema writes it)", () => {
    expect(JSON.parse(readFileSync(join(CONFIG, "config.schema.json"), "utf8"))).toEqual(configJsonSchema());
  });
});
