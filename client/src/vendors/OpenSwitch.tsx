import { useQueryClient } from '@tanstack/react-query';
import { DoorClosed, DoorOpen } from 'lucide-react';
import { useState } from 'react';
import type { Vendor } from '../../../server/contract/vendors.ts';
import { announce } from '../app/announce.tsx';
import { FormTrouble } from '../app/FormTrouble.tsx';
import { ApiError } from '../app/problem.ts';
import classes from './Switch.module.css';
import { useChange } from './useChange.ts';
import { vendorKey } from './useVendor.ts';

/** Opens and closes. Shows what the server has, not what was wished for: customers stand in front of it. */
export const OpenSwitch = ({ vendor }: { vendor: Vendor }) => {
  const client = useQueryClient();
  const change = useChange(vendor.id);
  const [overtaken, setOvertaken] = useState(false);
  const { isOpen } = vendor;

  const toggle = async () => {
    setOvertaken(false);
    change.reset();
    const wanted = !isOpen;
    try {
      await change.mutateAsync({ change: { isOpen: wanted }, version: vendor.version });
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 'STALE')) return;
      await client.refetchQueries({ queryKey: vendorKey(vendor.id) });
      const now = client.getQueryData<Vendor>(vendorKey(vendor.id));
      if (!now) return;
      // Somebody else did it already: say so. Somebody only edited the texts: opening is still what is wanted.
      if (now.isOpen === wanted) return setOvertaken(true);
      await change.mutateAsync({ change: { isOpen: wanted }, version: now.version }).catch(() => {});
    }
    announce(wanted ? 'You are open' : 'You are closed');
  };

  return (
    <div>
      <button
        type="button"
        role="switch"
        aria-checked={isOpen}
        aria-busy={change.isPending}
        disabled={change.isPending}
        className={classes.switch}
        data-on={isOpen}
        onClick={() => void toggle()}
      >
        <span className={classes.icon}>
          {isOpen ? <DoorOpen size={30} aria-hidden /> : <DoorClosed size={30} aria-hidden />}
        </span>
        <span className={classes.words}>
          <span className={classes.title}>{isOpen ? 'Open' : 'Closed'}</span>
          <span className={classes.hint}>
            {change.isPending ? 'Saving …' : isOpen ? 'Customers see you as open' : 'Tap to open'}
          </span>
        </span>
        <span className={classes.track} aria-hidden>
          <span className={classes.knob} />
        </span>
      </button>
      <div role="status" className={classes.note}>
        {overtaken && `Somebody of your company did that already: it is ${isOpen ? 'open' : 'closed'} now.`}
      </div>
      {change.error && !overtaken && !change.isPending && <FormTrouble error={change.error} />}
    </div>
  );
};
