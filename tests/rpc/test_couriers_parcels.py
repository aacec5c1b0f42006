"""A courier's own parcels: his while they are assigned to him and open, in reads and on watches alike."""

import asking
import grpc
from doorstep.tracking.v1 import ingest_service_pb2, live_service_pb2, stop_pb2, tracking_service_pb2
from refusing import end_of, refused


async def test_a_courier_s_watch_ends_as_get_parcel_does_when_his_parcel_goes_to_another(house, stubs):
    order, one, other = asking.order(), asking.new_id("k"), asking.new_id("k")
    await stubs.ingest.CreateOrder(order, metadata=house.caller())
    name, service = f"{order.order_id}-1", house.caller()
    await stubs.ingest.AssignStops(asking.a_round(name, courier_id=one), metadata=service)
    watch = stubs.live.WatchParcels(
        live_service_pb2.WatchParcelsRequest(parcel_ids=[name]), metadata=house.courier(one)
    )
    assert (await watch.read()).HasField("snapshot")
    await stubs.ingest.AssignStops(asking.a_round(name, courier_id=other), metadata=service)
    report = asking.reports(asking.ride(count=4))
    async for _ in stubs.ingest.ReportPositions(report, metadata=house.courier(other)):
        pass
    found, seen = await end_of(watch)
    assert found.code is grpc.StatusCode.NOT_FOUND
    assert not [one for one in seen if one.HasField("change")]
    assert other not in str(seen)


async def test_a_courier_sees_his_parcel_delivered_and_then_no_longer(house, stubs):
    order, courier = asking.order(), asking.new_id("k")
    await stubs.ingest.CreateOrder(order, metadata=house.caller())
    name, his = f"{order.order_id}-1", house.courier(courier)
    await stubs.ingest.AssignStops(asking.a_round(name, courier_id=courier), metadata=house.caller())
    asked = tracking_service_pb2.GetParcelRequest(parcel_id=name)
    assert (await stubs.tracking.GetParcel(asked, metadata=his)).parcel_id == name
    watch = stubs.live.WatchParcels(live_service_pb2.WatchParcelsRequest(parcel_ids=[name]), metadata=his)
    assert (await watch.read()).HasField("snapshot")
    done = ingest_service_pb2.CompleteStopRequest(parcel_id=name, outcome=stop_pb2.STOP_OUTCOME_DELIVERED)
    completed = await stubs.ingest.CompleteStop(done, metadata=his)
    found, seen = await end_of(watch)
    assert found.code is grpc.StatusCode.NOT_FOUND
    assert [one.change.revision for one in seen if one.HasField("change")][-1] == completed.revision
    assert (await refused(stubs.tracking.GetParcel(asked, metadata=his))).code is grpc.StatusCode.NOT_FOUND
    assert (await stubs.ingest.CompleteStop(done, metadata=his)).revision == completed.revision
