import { spawn } from "node:child_process";
import process from "node:process";
import { freePort, run } from "./run.ts";

/** Starts the installed command in front of its demo site, and asks for a page and for a delta. */
export async function serveDemo(home: string, options: readonly string[]): Promise<string> {
  const port = await freePort();
  const argv = ["wayleave", "start", ...options, "--port", port];
  const started = performance.now();
  const child = spawn("npx", argv, {
    cwd: home,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let said = "";
  try {
    await new Promise<void>((resolve, reject) => {
      const listen = (text: string): void => {
        said += text;
        if (/^ready /m.test(said)) resolve();
      };
      child.stdout.setEncoding("utf8").on("data", listen);
      child.stderr.setEncoding("utf8").on("data", listen);
      child.once("exit", () => reject(new Error(`it ended:\n${said}`)));
    });
    const ready = Math.round(performance.now() - started);
    const url = `http://127.0.0.1:${port}`;
    const page = await fetch(`${url}/install/index.md`);
    const text = await page.text();
    if (!text.includes("# Install")) throw new Error(`no markdown but ${page.status}: ${text}`);
    const dictionary = await (await fetch(`${url}/assets/app.v1.js`)).bytes();
    const hash = Buffer.from(await crypto.subtle.digest("SHA-256", dictionary)).toString("base64");
    await new Promise((resolve) => setTimeout(resolve, 500));
    const offer = ["-H", "Accept-Encoding: dcz", "-H", `Available-Dictionary: :${hash}:`];
    const what = ["-s", "-o", "/dev/null", "-w", "%{size_download}", `${url}/assets/app.v2.js`];
    const delta = run(home, "curl", ...offer, ...what);
    if (Number(delta) > 10_000) throw new Error(`no delta but ${delta} bytes`);
    if (said.includes("origin-down")) throw new Error(`its own requests fail:\n${said}`);
    return `ready after ${ready} ms; markdown, and a delta of ${delta} bytes`;
  } finally {
    if (child.exitCode === null) process.kill(-(child.pid as number), "SIGKILL");
  }
}
