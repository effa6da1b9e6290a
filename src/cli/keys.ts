import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { generateKeys } from "../agent/web-bot-auth/index.ts";
import { UsageError, type Command } from "./usage.ts";

/** `wayleave keys`: a key pair for an agent that signs. */
export const keys: Command = {
  summary: "makes a key pair for an agent that signs its requests",
  help: `wayleave keys --out DIR

Makes an Ed25519 key pair:
  DIR/private.jwk.json   the private key; keep it secret
  DIR/directory.json     the key directory, to be published at
                         /.well-known/http-message-signatures-directory
`,
  async run({ argv, out }) {
    const { values } = parseArgs({ args: [...argv], options: { out: { type: "string" } } });
    if (values.out === undefined) throw new UsageError("name the output folder with --out DIR");
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
      throw new UsageError(`${privatePath} exists already; a key is never overwritten`);
    }
    const directoryPath = join(values.out, "directory.json");
    await writeFile(directoryPath, `${JSON.stringify(directory, undefined, 2)}\n`);
    out(`${privatePath}\n${directoryPath}\n`);
    return 0;
  },
};
