import { Ellipsis, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { Link } from 'wouter';
import classes from './MorePlaces.module.css';
import tabs from './Navigation.module.css';
import { isAt, type Place } from './navigation.ts';

/**
 * The last tab of a phone: a sheet with the places that have no tab. The browser's own dialog keeps the focus inside,
 * closes on Escape and on a phone's back gesture, and gives the focus back, without a script of ours.
 */
export const MorePlaces = ({ places, location }: { places: Place[]; location: string }) => {
  const sheet = useRef<HTMLDialogElement>(null);
  const [opened, setOpened] = useState(false);
  const close = () => sheet.current?.close();
  // A place may also be reached with the browser's own buttons.
  useEffect(close, [location]);
  return (
    <>
      <button
        type="button"
        className={`${tabs.link} ${tabs.more}`}
        aria-haspopup="dialog"
        aria-expanded={opened}
        aria-current={places.some((place) => isAt(place, location)) || undefined}
        onClick={() => {
          sheet.current?.showModal();
          setOpened(true);
        }}
      >
        <Ellipsis size={18} aria-hidden />
        <span>More</span>
      </button>
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: a tap beside the sheet; keys have Escape and the button */}
      <dialog
        ref={sheet}
        className={classes.sheet}
        aria-labelledby="more-places"
        onClose={() => setOpened(false)}
        onClick={({ target, currentTarget }) => {
          if (target === currentTarget) close();
        }}
      >
        <div className={classes.content}>
          <div className={classes.head}>
            <h2 id="more-places" className={classes.title}>
              More places
            </h2>
            <button type="button" className={classes.close} aria-label="Close" onClick={close}>
              <X size={20} aria-hidden />
            </button>
          </div>
          <ul className={classes.list}>
            {places.map((place) => (
              <li key={place.path}>
                <Link
                  href={place.path}
                  className={classes.place}
                  aria-current={isAt(place, location) ? 'page' : undefined}
                  onClick={close}
                >
                  <place.icon size={20} aria-hidden />
                  {place.label}
                </Link>
              </li>
            ))}
          </ul>
        </div>
      </dialog>
    </>
  );
};
