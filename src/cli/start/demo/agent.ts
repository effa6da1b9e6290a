import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { generateKeys } from "../../../agent/web-bot-auth/index.ts";
import type { Bot } from "../../../agent/bots.ts";

/** The folder of the demo's key pair, in the current folder. */
const FOLDER = join(".wayleave", "demo");

/** The bot of the demo: a training crawler that signs, with its key directory on the demo site. */
export function demoBot(signatureAgent: string): Bot {
  return {
    name: "DemoTrainer",
    tokens: ["DemoTrainer"],
    operator: "wayleave demo",
    category: "AI Crawler",
    behaviours: ["Training"],
    ipRanges: [],
    reverseDns: [],
    signatureAgents: [signatureAgent],
    robotsOnly: false,
  };
}

/** Reads the demo's key directory; creates the key pair at the first start. */
export async function demoDirectory(): Promise<Uint8Array> {
  const directoryPath = join(FOLDER, "directory.json");
  const privatePath = join(FOLDER, "private.jwk.json");
  if (!existsSync(directoryPath) || !existsSync(privatePath)) {
    const { privateJwk, directory } = await generateKeys();
    await mkdir(FOLDER, { recursive: true, mode: 0o700 });
    await writeFile(privatePath, `${JSON.stringify(privateJwk, undefined, 2)}\n`, { mode: 0o600 });
    await writeFile(directoryPath, `${JSON.stringify(directory, undefined, 2)}\n`);
  }
  return new Uint8Array(await readFile(directoryPath));
}

/** The command line in a clone, and as installed. */
const WAYLEAVE = import.meta.url.endsWith(".ts") ? "npm run -s wayleave --" : "npx wayleave";

/** The curl lines that the demo prints, which show what the proxy does. */
export const DEMO_LINES = (url: string): string => `
Try:
  # only a verified training crawler is redirected to the current page
  ${WAYLEAVE} sign --key .wayleave/demo/private.jwk.json --agent ${url} ${url}/v1/install/ | curl -sI -K - ${url}/v1/install/
  curl -sI -A GPTBot ${url}/v1/install/
  # markdown, by Accept and by /index.md
  curl -s -H 'Accept: text/markdown' ${url}/install/
  curl -s ${url}/install/index.md
  # only the difference to the version that you have, instead of the whole bundle
  curl -s ${url}/assets/app.v1.js -o app.v1.js
  curl -s -H 'Accept-Encoding: dcz' -H "Available-Dictionary: :$(openssl dgst -sha256 -binary app.v1.js | base64):" ${url}/assets/app.v2.js | wc -c
`;
