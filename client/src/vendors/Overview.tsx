import { Button, Group, SegmentedControl, Skeleton, Text, TextInput } from '@mantine/core';
import { History, Map as MapIcon, PencilLine, Plus, Search, Store } from 'lucide-react';
import { useMemo, useState } from 'react';
import { Link } from 'wouter';
import type { Vendor } from '../../../server/contract/vendors.ts';
import { ContinuityBadge } from '../app/ContinuityBadge.tsx';
import { Page } from '../app/Page.tsx';
import { Notice, Trouble } from '../app/Trouble.tsx';
import { useUser } from '../signin/session.ts';
import { Age } from './Age.tsx';
import { isVendorStaff } from './access.ts';
import { freshnessOf } from './age.ts';
import { around, boundsOf } from './area.ts';
import { categoryName } from './category.ts';
import { useSecond } from './clock.ts';
import { useLocations } from './connections.ts';
import { Dot } from './Dot.tsx';
import { EditVendor } from './EditVendor.tsx';
import { matches } from './filters.ts';
import { createFleet, type Fleet } from './fleet.ts';
import { NewVendor } from './NewVendor.tsx';
import { OpenState } from './OpenState.tsx';
import classes from './Overview.module.css';
import { useArea } from './useArea.ts';
import { useMembers } from './useMarkers.ts';
import { useOverview } from './useOverview.ts';

type Attention = 'all' | 'open' | 'silent';

/** When a vendor was last somewhere: by the live reports, else as the list has it. */
const seenAt = (fleet: Fleet, { id, locatedAt }: Vendor): number | null =>
  fleet.markers.get(id)?.at ?? (locatedAt ? Date.parse(locatedAt) : null);

const isSharing = (at: number | null, now: number) => at !== null && freshnessOf(now - at) !== 'old';

/** The operator's desk: who is open, who can be seen, and who is open without being seen. */
export default function Overview() {
  const user = useUser();
  const { data: vendors, error, isPending, refetch, continuity } = useOverview();
  const [fleet] = useState(createFleet);
  useMembers(fleet);
  const now = useSecond();
  const locations = useLocations();
  const [attention, setAttention] = useState<Attention>('all');
  const [q, setQ] = useState('');
  const [creating, setCreating] = useState(false);
  const [editing, setEditing] = useState<string>();

  // Where they are now and a good way around: who drives out of it is found again by the list's next reading.
  const bounds = useMemo(() => {
    const view = around(vendors?.flatMap(({ location }) => location ?? []) ?? [], 0.2);
    return view && boundsOf(view);
  }, [vendors]);
  useArea(fleet, bounds);

  const rows = useMemo(
    () => [...(vendors ?? [])].sort((a, b) => a.name.localeCompare(b.name) || a.id.localeCompare(b.id)),
    [vendors],
  );
  const isSilent = (vendor: Vendor) => vendor.isOpen && !isSharing(seenAt(fleet, vendor), now);
  const shown = rows.filter(
    (vendor) =>
      matches(vendor, { q, category: '', openOnly: attention === 'open' }) &&
      (attention !== 'silent' || isSilent(vendor)),
  );
  const edited = rows.find(({ id }) => id === editing);
  const freshness = locations.status === 'stale' ? locations : continuity;

  if (user && !isVendorStaff(user))
    return (
      <Page title="Vendors overview">
        <Notice icon={<Store size={32} aria-hidden />} title="The overview is for a company’s staff">
          Everybody sees vendors on the <Link href="/vendors">map</Link>.
        </Notice>
      </Page>
    );
  return (
    <Page
      title="Vendors overview"
      aside={<ContinuityBadge of={freshness} label="This overview" />}
      actions={
        <>
          <Button
            size="sm"
            variant="default"
            component={Link}
            href="/vendors"
            leftSection={<MapIcon size={16} aria-hidden />}
          >
            Map
          </Button>
          <Button size="sm" leftSection={<Plus size={16} aria-hidden />} onClick={() => setCreating(true)}>
            New vendor
          </Button>
        </>
      }
    >
      {isPending && <Skeleton height={220} radius="md" aria-hidden />}
      {error && !vendors && <Trouble error={error} retry={() => void refetch()} />}
      {vendors?.length === 0 && (
        <Notice icon={<Store size={32} aria-hidden />} title="No vendors yet">
          Create the first one, or let a vendor sign in and set up their own.
        </Notice>
      )}
      {vendors && vendors.length > 0 && (
        <>
          <dl className={classes.tiles}>
            <Tile label="Vendors" value={rows.length} />
            <Tile label="Open" value={rows.filter(({ isOpen }) => isOpen).length} tone="good" />
            <Tile label="Seen now" value={rows.filter((one) => isSharing(seenAt(fleet, one), now)).length} />
            <Tile label="Open, not seen" value={rows.filter(isSilent).length} tone="warn" />
          </dl>
          <Group gap="sm" mb="sm">
            <TextInput
              type="search"
              aria-label="Search vendors"
              placeholder="Name or category"
              leftSection={<Search size={16} aria-hidden />}
              value={q}
              onChange={(event) => setQ(event.currentTarget.value)}
              className={classes.search}
            />
            <SegmentedControl
              aria-label="Which vendors"
              size="sm"
              value={attention}
              onChange={(value) => setAttention(value as Attention)}
              data={[
                { value: 'all', label: 'All' },
                { value: 'open', label: 'Open' },
                { value: 'silent', label: 'Open, not seen' },
              ]}
            />
          </Group>
          {shown.length === 0 ? (
            <Notice
              icon={<Store size={32} aria-hidden />}
              title={attention === 'silent' ? 'Every open vendor can be seen' : 'No vendor matches'}
            >
              {attention === 'silent' ? 'Nothing to do here.' : 'Try another word, or show all.'}
            </Notice>
          ) : (
            <ul className={classes.rows} aria-label="Vendors">
              {shown.map((vendor) => (
                <Row
                  key={vendor.id}
                  vendor={vendor}
                  at={seenAt(fleet, vendor)}
                  silent={isSilent(vendor)}
                  onEdit={setEditing}
                />
              ))}
            </ul>
          )}
        </>
      )}
      {creating && <NewVendor onClose={() => setCreating(false)} />}
      {edited && <EditVendor vendor={edited} onClose={() => setEditing(undefined)} />}
    </Page>
  );
}

const Tile = ({ label, value, tone }: { label: string; value: number; tone?: 'good' | 'warn' }) => (
  <div className={classes.tile} data-tone={value > 0 ? tone : undefined}>
    <dt>{label}</dt>
    <dd>{value.toLocaleString('en')}</dd>
  </div>
);

type RowProps = { vendor: Vendor; at: number | null; silent: boolean; onEdit: (id: string) => void };

const Row = ({ vendor, at, silent, onEdit }: RowProps) => {
  const path = `/vendors/${encodeURIComponent(vendor.id)}/day`;
  return (
    <li className={classes.row} data-silent={silent || undefined} data-vendor={vendor.id}>
      <Dot category={vendor.category} isOpen={vendor.isOpen} />
      <div className={classes.main}>
        <Text fw={600} size="sm" truncate>
          {vendor.name}
        </Text>
        <Text size="sm" c="dimmed" truncate>
          {categoryName(vendor.category)}
          {vendor.description && ` · ${vendor.description}`}
        </Text>
      </div>
      <div className={classes.state}>
        <OpenState isOpen={vendor.isOpen} />
        <Age at={at} />
      </div>
      <div className={classes.actions}>
        <Button
          size="compact-sm"
          variant="subtle"
          component={Link}
          href={`/vendors?vendor=${encodeURIComponent(vendor.id)}`}
          aria-label={`${vendor.name} on the map`}
          leftSection={<MapIcon size={14} aria-hidden />}
        >
          Map
        </Button>
        <Button
          size="compact-sm"
          variant="subtle"
          component={Link}
          href={path}
          aria-label={`The day of ${vendor.name}`}
          leftSection={<History size={14} aria-hidden />}
        >
          Day
        </Button>
        <Button
          size="compact-sm"
          variant="subtle"
          aria-label={`Edit ${vendor.name}`}
          leftSection={<PencilLine size={14} aria-hidden />}
          onClick={() => onEdit(vendor.id)}
        >
          Edit
        </Button>
      </div>
    </li>
  );
};
