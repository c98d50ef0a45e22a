import { config } from '../../platform/config.ts';
import { openGateway } from './gateway.ts';
import { startGrpcServer } from './server.ts';

/** Whatever of gRPC is configured: our own services, the way to others', both or nothing. */
export const startGrpc = async (): Promise<{
  state: () => 'up' | 'down' | 'off';
  port: number | null;
  drain: () => void;
  close: () => Promise<void>;
}> => {
  const gateway = openGateway();
  const server = config.GRPC_PORT === undefined ? null : await startGrpcServer(config.GRPC_PORT);
  return {
    state: () => gateway.state() ?? (server ? 'up' : 'off'),
    port: server?.port ?? null,
    drain: () => server?.drain(),
    close: async () => {
      await server?.close();
      gateway.close();
    },
  };
};
