import { config } from '../../platform/config.ts';

/** Whatever of gRPC is configured: our own services, the way to others', both or nothing. */
export const startGrpc = async (): Promise<{
  state: () => 'up' | 'down' | 'off';
  port: number | null;
  drain: () => void;
  close: () => Promise<void>;
}> => {
  // gRPC's packages are a tenth of what a start without them loads.
  const gateway =
    config.VENDOR_SERVICE_URL || config.LOCATION_SERVICE_URL ? (await import('./gateway.ts')).openGateway() : null;
  const server =
    config.GRPC_PORT === undefined ? null : await (await import('./server.ts')).startGrpcServer(config.GRPC_PORT);
  return {
    state: () => gateway?.state() ?? (server ? 'up' : 'off'),
    port: server?.port ?? null,
    drain: () => server?.drain(),
    close: async () => {
      await server?.close();
      gateway?.close();
    },
  };
};
