import { createMcpHandler, fromJsonSchema, McpServer } from "@modelcontextprotocol/server";
import { SCAN_INPUT, SCAN_SITE, type ScanArguments, type Scanner } from "./scan-tool.ts";

/** Bytes of a request's content. */
const MAX_REQUEST = 65_536;

/** Creates a stateless MCP endpoint with one tool: each request gets a server of its own. */
export function createScanEndpoint(
  scanner: Scanner,
  version: string,
): (request: Request) => Promise<Response> {
  const inputSchema = fromJsonSchema<ScanArguments>(SCAN_INPUT);
  const create = (): McpServer => {
    const server = new McpServer({ name: "wayleave-audit", version });
    server.registerTool(
      SCAN_SITE,
      {
        title: "Audit a site",
        description:
          "Checks how ready a site is for agents: level 0 to 5, score, evidence for each check, and what to do about each that fails.",
        inputSchema,
        annotations: { readOnlyHint: true, openWorldHint: true },
      },
      async (given, { mcpReq }) => {
        const { text, isError } = await scanner.scan(given, mcpReq.signal);
        return { content: [{ type: "text", text }], isError };
      },
    );
    return server;
  };
  const handler = createMcpHandler(create, {
    maxRequestBodySize: MAX_REQUEST,
    // No list ever changes.
    maxSubscriptions: 0,
  });
  return (request) => handler.fetch(request);
}
