import { createNamespaces } from './namespaces.ts';
import { sharedClient } from './sharedClient.ts';

/** A namespace of the application's one connection, such as `/tracking`; opens when it is first asked for. */
export const namespaceClient = createNamespaces(sharedClient);
