import { Button, useComputedColorScheme } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import type { Map as LeafletMap } from 'leaflet';
import { Crosshair, LayoutList, List as ListIcon, LocateFixed, Store, X } from 'lucide-react';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { Link, useSearchParams } from 'wouter';
import type { Bounds } from '../../../server/contract/vendors.ts';
import { ContinuityBadge } from '../app/ContinuityBadge.tsx';
import { notifyRefusal } from '../app/notify.tsx';
import { Page } from '../app/Page.tsx';
import { Notice } from '../app/Trouble.tsx';
import { clock } from '../app/time.ts';
import LiveMap from '../map/LiveMap.tsx';
import { useUser } from '../signin/session.ts';
import { hasStall, isVendorStaff } from './access.ts';
import { boundsOf } from './area.ts';
import { useLocations } from './connections.ts';
import { categoriesOf, isFiltered, matches, NO_FILTERS, useFilters } from './filters.ts';
import { createFleet } from './fleet.ts';
import { unproject } from './mercator.ts';
import { placeAt } from './motion.ts';
import { useArea } from './useArea.ts';
import { useMembers, useNearest } from './useMarkers.ts';
import { keepView, useStart } from './useStart.ts';
import { VendorDetail } from './VendorDetail.tsx';
import { VendorFilters } from './VendorFilters.tsx';
import classes from './VendorMap.module.css';
import { VendorRow } from './VendorRow.tsx';
import { createVendorCanvas, type VendorCanvas } from './vendorCanvas.ts';
import { type MapView, viewOf } from './view.ts';

/** The customers' map: who is around, open or closed, moving as they move; a tap tells more. */
export default function VendorMap() {
  const user = useUser();
  const scheme = useComputedColorScheme('light');
  const connection = useLocations();
  const [fleet] = useState(createFleet);
  const [filters, setFilters] = useFilters();
  const [query, setQuery] = useSearchParams();
  const selected = query.get('vendor');
  const [following, setFollowing] = useState(false);
  const [listed, setListed] = useState(false);
  const [bounds, setBounds] = useState<Bounds>();
  const [view, setView] = useState<MapView>();
  const map = useRef<LeafletMap | null>(null);
  const canvas = useRef<VendorCanvas | null>(null);
  const area = useArea(fleet, bounds);
  const revision = useMembers(fleet);
  const { nearest, total } = useNearest(fleet, filters, view);
  const categories = useMemo(
    () => categoriesOf([...fleet.markers.values()].map(({ vendor }) => vendor)),
    [fleet, revision],
  );

  const select = useCallback(
    (id: string | null) => {
      setFollowing(false);
      setQuery(
        (before) => {
          const next = new URLSearchParams(before);
          if (id === null) next.delete('vendor');
          else next.set('vendor', id);
          return next;
        },
        { replace: true },
      );
    },
    [setQuery],
  );

  /** The map's first view is nobody's choice and is not kept. */
  const placed = useRef(false);
  const tellView = useDebouncedCallback(() => {
    if (!map.current) return;
    const shown = map.current.getBounds();
    const { lat, lng } = map.current.getCenter();
    if (placed.current) keepView({ lat, long: lng, zoom: map.current.getZoom() });
    const edges = { north: shown.getNorth(), south: shown.getSouth(), east: shown.getEast(), west: shown.getWest() };
    setView(viewOf(edges));
    setBounds(boundsOf(edges));
  }, 120);

  const place = useStart(selected);
  const latest = useRef({ select });
  useEffect(() => {
    latest.current = { select };
  });
  const onMap = useCallback(
    (made: LeafletMap) => {
      map.current = made;
      const drawn = createVendorCanvas(made, fleet, matchMedia('(prefers-reduced-motion: reduce)').matches);
      canvas.current = drawn;
      made.on('moveend resize', tellView);
      made.on('dragstart', () => setFollowing(false));
      made.on('click', ({ containerPoint: { x, y } }) => {
        const hit = drawn.at(x, y);
        if (hit) latest.current.select(hit.id);
      });
      made.on('mousemove', ({ containerPoint: { x, y } }) => {
        made.getContainer().style.cursor = drawn.at(x, y) ? 'pointer' : '';
      });
      tellView();
      return () => {
        drawn.destroy();
        map.current = null;
        canvas.current = null;
      };
    },
    [fleet, tellView],
  );

  useEffect(() => {
    if (!place || !map.current || placed.current) return;
    placed.current = true;
    map.current.setView([place.lat, place.long], place.zoom, { animate: false });
  }, [place]);
  useEffect(() => canvas.current?.setFilter(({ vendor }) => matches(vendor, filters)), [filters]);
  useEffect(() => canvas.current?.setSelected(selected), [selected]);
  useEffect(() => canvas.current?.setDark(scheme === 'dark'), [scheme]);

  useEffect(() => {
    if (!following || !selected) return;
    const centreOn = () => {
      const marker = fleet.markers.get(selected);
      if (!marker || !map.current) return;
      const { lat, long } = unproject(placeAt(marker.motion, performance.now(), { x: 0, y: 0 }));
      const centred =
        map.current.latLngToContainerPoint([lat, long]).distanceTo(map.current.getSize().divideBy(2)) < 40;
      if (!centred) map.current.panTo([lat, long], { animate: true, duration: 0.6 });
    };
    centreOn();
    const timer = setInterval(centreOn, 1000);
    return () => clearInterval(timer);
  }, [following, selected, fleet]);

  const findMe = () => {
    if (!navigator.geolocation || !window.isSecureContext)
      return notifyRefusal('This device cannot say where it is.', 'Move the map by hand.');
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => map.current?.setView([coords.latitude, coords.longitude], 15),
      () =>
        notifyRefusal('Your position is not known.', 'Allow it in the browser’s settings, or move the map by hand.'),
      { timeout: 10_000, maximumAge: 60_000 },
    );
  };

  const offline = connection.status === 'stale';
  return (
    <Page
      title="Vendors"
      fixed
      aside={
        <ContinuityBadge
          of={connection.status === 'live' && area.status === 'loading' ? { status: 'catching-up' } : connection}
          label="This map"
        />
      }
      actions={
        <>
          {user && hasStall(user) && (
            <Button
              size="sm"
              variant="default"
              component={Link}
              href="/stall"
              leftSection={<Store size={16} aria-hidden />}
            >
              My stall
            </Button>
          )}
          {user && isVendorStaff(user) && (
            <Button
              size="sm"
              variant="default"
              component={Link}
              href="/vendors/overview"
              leftSection={<LayoutList size={16} aria-hidden />}
            >
              Overview
            </Button>
          )}
        </>
      }
    >
      <VendorFilters filters={filters} categories={categories} onChange={setFilters} />
      <div className={classes.stage} data-listed={listed || undefined} data-selected={selected !== null || undefined}>
        <div className={classes.map}>
          <LiveMap label="Map of vendors" markers={NO_MARKERS} onMap={onMap} />
          <div className={classes.tools}>
            <button type="button" className={classes.tool} aria-label="Where I am" onClick={findMe}>
              <LocateFixed size={18} aria-hidden />
            </button>
            {following && (
              <button
                type="button"
                className={classes.tool}
                aria-label="Stop following"
                onClick={() => setFollowing(false)}
              >
                <Crosshair size={18} aria-hidden />
              </button>
            )}
          </div>
          <div className={classes.notes} aria-live="off">
            {offline && (
              <span className={classes.note} data-tone="warn" data-testid="map-offline">
                No connection{connection.staleSince ? ` since ${clock(connection.staleSince)}` : ''}. Vendors are shown
                where they last were.
              </span>
            )}
            {area.status === 'failed' && !offline && (
              <span className={classes.note} data-tone="warn">
                This part of the map could not be read. Trying again.
              </span>
            )}
            {area.truncated && (
              <span className={classes.note}>More than fit are here: an even part of them is shown.</span>
            )}
          </div>
        </div>
        <button type="button" className={classes.toggle} aria-expanded={listed} onClick={() => setListed(!listed)}>
          {listed ? <X size={16} aria-hidden /> : <ListIcon size={16} aria-hidden />}
          {listed ? 'Map' : `List (${total.toLocaleString('en')})`}
        </button>
        <aside className={classes.side} aria-label="Vendors in view">
          {selected !== null ? (
            <VendorDetail
              key={selected}
              id={selected}
              fleet={fleet}
              following={following}
              onFollow={setFollowing}
              onClose={() => select(null)}
            />
          ) : (
            <>
              <p className={classes.count} data-testid="in-view">
                {total === 1 ? '1 vendor' : `${total.toLocaleString('en')} vendors`} in view
                {nearest.length < total && `, the ${nearest.length} nearest to the middle`}
              </p>
              <div className={classes.list}>
                {nearest.map(({ marker, metres }) => (
                  <VendorRow
                    key={marker.id}
                    marker={marker}
                    metres={metres}
                    selected={false}
                    onSelect={() => select(marker.id)}
                  />
                ))}
                {total === 0 && area.status === 'live' && (
                  <Notice
                    icon={<Store size={30} aria-hidden />}
                    title={isFiltered(filters) ? 'No vendor here matches' : 'No vendor here just now'}
                  >
                    {isFiltered(filters) ? 'Clear the filters, or move the map.' : 'Move the map or zoom out.'}
                    {isFiltered(filters) && (
                      <>
                        <br />
                        <Button mt="md" variant="default" onClick={() => setFilters(NO_FILTERS)}>
                          Clear filters
                        </Button>
                      </>
                    )}
                  </Notice>
                )}
              </div>
            </>
          )}
        </aside>
      </div>
    </Page>
  );
}

const NO_MARKERS: never[] = [];
