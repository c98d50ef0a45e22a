/** What other parts of the server call to tell of parcels, as the reference names it. */
export { getActiveSubscriptions } from './subscriptionStore.ts';
export { emitEtaUpdate, emitLocationUpdate, emitStatusUpdate } from './trackingEvents.ts';
