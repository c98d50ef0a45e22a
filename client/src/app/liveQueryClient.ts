import { type InvalidateOptions, type InvalidateQueryFilters, QueryClient, type QueryKey } from '@tanstack/react-query';

const nothing = () => {};

/**
 * A QueryClient whose `invalidateQueries` holds for a first answer, too, that is still on its way: the library lets it
 * pass for the new one, though the server may have made it before that which made it invalid. Here it is shown when it
 * comes, and read again.
 */
export class LiveQueryClient extends QueryClient {
  override async invalidateQueries<Key extends QueryKey = QueryKey>(
    filters: InvalidateQueryFilters<Key> = {},
    options?: InvalidateOptions,
  ): Promise<void> {
    const first = this.getQueryCache()
      .findAll(filters)
      .filter(({ state }) => state.data === undefined && state.fetchStatus === 'fetching')
      .map((query) => ({ query, answered: query.fetch().catch(nothing) }));
    await super.invalidateQueries(filters, options);
    if (filters.refetchType === 'none') return;
    await Promise.all(
      first.map(async ({ query, answered }) => {
        await answered;
        if (query.state.data === undefined) return;
        // One answer for all who invalidated it meanwhile: none of them did so after this was asked for.
        await this.refetchQueries({ queryKey: query.queryKey, exact: true, type: 'active' }, { cancelRefetch: false });
      }),
    );
  }
}
