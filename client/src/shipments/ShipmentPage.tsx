import { Anchor, Skeleton } from '@mantine/core';
import { ArrowLeft } from 'lucide-react';
import { Link } from 'wouter';
import { Page } from '../app/Page.tsx';
import { Trouble } from '../app/Trouble.tsx';
import { TraceLink } from '../operations/TraceLink.tsx';
import { useUser } from '../signin/session.ts';
import { mayInspect, mayUpload, mayVerify } from './access.ts';
import { Documents } from './Documents.tsx';
import { InspectionPanel } from './InspectionPanel.tsx';
import { ShipmentActions } from './ShipmentActions.tsx';
import { ShipmentFacts } from './ShipmentFacts.tsx';
import classes from './ShipmentPage.module.css';
import { StatusBadge } from './StatusBadge.tsx';
import { StatusPanel } from './StatusPanel.tsx';
import { Timeline } from './Timeline.tsx';
import { usePartsFollow, useShipment } from './useShipment.ts';
import { useShipmentStream } from './useShipmentStream.ts';
import { Viewers } from './Viewers.tsx';

/** One shipment: where it is, what happened to it, and what may be done next. */
export default function ShipmentPage({ id }: { id: string }) {
  const user = useUser();
  const { data: shipment, error, isPending, refetch } = useShipment(id);
  const fresh = useShipmentStream(id);
  usePartsFollow(id, [shipment?.version, fresh.version], fresh.status === 'live');

  if (isPending) return <PageSkeleton />;
  if (!shipment)
    return (
      <Page title="Shipment">
        <BackLink />
        <Trouble error={error} retry={() => void refetch()} />
      </Page>
    );
  return (
    <Page
      title={shipment.poNumber}
      aside={<StatusBadge status={shipment.status} large />}
      actions={
        <>
          <Viewers shipmentId={id} fresh={fresh} />
          {user && <ShipmentActions shipment={shipment} user={user} />}
        </>
      }
    >
      <BackLink />
      <div className={classes.grid}>
        <div className={classes.wide}>
          <StatusPanel shipment={shipment} user={user} fresh={fresh} />
          <Documents
            shipmentId={id}
            mayUpload={!!user && mayUpload(user)}
            mayVerify={!!user && mayVerify(user)}
            fresh={fresh}
          />
          <Timeline shipmentId={id} fresh={fresh} />
        </div>
        <div className={classes.narrow}>
          <ShipmentFacts shipment={shipment} />
          <InspectionPanel shipment={shipment} editable={!!user && mayInspect(user)} fresh={fresh} />
          <TraceLink stream={`shipment:${id}`} />
        </div>
      </div>
    </Page>
  );
}

const BackLink = () => (
  <Anchor component={Link} href="/shipments" size="sm" className={classes.back} onClick={goBack}>
    <ArrowLeft size={14} aria-hidden /> All shipments
  </Anchor>
);

/** Back to the list as it was filtered, when that is where the user came from. */
const goBack = (event: React.MouseEvent) => {
  if (event.metaKey || event.ctrlKey || event.shiftKey || !window.history.state?.fromList) return;
  event.preventDefault();
  window.history.back();
};

const PageSkeleton = () => (
  <Page title="Shipment">
    <BackLink />
    <div className={classes.grid}>
      <div className={classes.wide}>
        <Skeleton height={150} radius="md" />
        <Skeleton height={220} radius="md" />
      </div>
      <div className={classes.narrow}>
        <Skeleton height={180} radius="md" />
        <Skeleton height={260} radius="md" />
      </div>
    </div>
  </Page>
);
