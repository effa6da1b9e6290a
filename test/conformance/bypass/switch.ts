import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** A port that stands for one of several servers, byte for byte. */
export interface Switch {
  readonly url: string;
  /** Ends all connections, and leads new ones to another server. */
  to(port: number): void;
  close(): Promise<void>;
}

export async function startSwitch(): Promise<Switch> {
  let target = 0;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const origin = connect(target, "127.0.0.1");
    for (const [socket, other] of [
      [client, origin],
      [origin, client],
    ] as const) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.pipe(other);
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroySoon();
      });
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const endAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    to(port) {
      target = port;
      endAll();
    },
    async close() {
      endAll();
      server.close();
      await once(server, "close");
    },
  };
}
