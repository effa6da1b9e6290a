import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { generateKeys } from "../agent/web-bot-auth/index.ts";
import { parseOptions, UsageError, type Command } from "./usage.ts";

/** `wayleave keys`: creates a key pair for an agent that signs. */
export const keys: Command = {
  summary: "creates a key pair for an agent that signs its requests",
  help: `wayleave keys --out DIR

Creates an Ed25519 key pair:
  DIR/private.jwk.json   the private key; keep it secret
  DIR/directory.json     the key directory, to publish at
                         /.well-known/http-message-signatures-directory
`,
  async run({ argv, out }) {
    const values = parseOptions(argv, { out: { type: "string" } });
    if (values.out === undefined) throw new UsageError("give the output folder with --out DIR");
    const { privateJwk, directory } = await generateKeys();
    await mkdir(values.out, { recursive: true });
    const privatePath = join(values.out, "private.jwk.json");
    try {
      await writeFile(privatePath, `${JSON.stringify(privateJwk, undefined, 2)}\n`, {
        mode: 0o600,
        flag: "wx",
      });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      throw new UsageError(`${privatePath} exists already, and keys are never overwritten`);
    }
    const directoryPath = join(values.out, "directory.json");
    await writeFile(directoryPath, `${JSON.stringify(directory, undefined, 2)}\n`);
    out(`${privatePath}\n${directoryPath}\n`);
    return 0;
  },
};
