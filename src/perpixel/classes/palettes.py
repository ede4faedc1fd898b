"""The class tables that the field knows by name."""

from __future__ import annotations

from perpixel.classes.table import ClassTable, SegmentClass, color_of

CAMVID = ClassTable(
    (
        SegmentClass("sky", (128, 128, 128)),
        SegmentClass("building", (128, 0, 0)),
        SegmentClass("pole", (192, 192, 128)),
        SegmentClass("road", (128, 64, 128)),
        SegmentClass("pavement", (60, 40, 222)),
        SegmentClass("tree", (128, 128, 0)),
        SegmentClass("sign", (192, 128, 128)),
        SegmentClass("fence", (64, 64, 128)),
        SegmentClass("car", (64, 0, 128), thing=True),
        SegmentClass("pedestrian", (64, 64, 0), thing=True),
        SegmentClass("bicyclist", (0, 128, 192), thing=True),
    ),
    ignore=11,
)

CITYSCAPES = ClassTable(
    (
        SegmentClass("road", (128, 64, 128)),
        SegmentClass("sidewalk", (244, 35, 232)),
        SegmentClass("building", (70, 70, 70)),
        SegmentClass("wall", (102, 102, 156)),
        SegmentClass("fence", (190, 153, 153)),
        SegmentClass("pole", (153, 153, 153)),
        SegmentClass("traffic light", (250, 170, 30)),
        SegmentClass("traffic sign", (220, 220, 0)),
        SegmentClass("vegetation", (107, 142, 35)),
        SegmentClass("terrain", (152, 251, 152)),
        SegmentClass("sky", (70, 130, 180)),
        SegmentClass("person", (220, 20, 60), thing=True),
        SegmentClass("rider", (255, 0, 0), thing=True),
        SegmentClass("car", (0, 0, 142), thing=True),
        SegmentClass("truck", (0, 0, 70), thing=True),
        SegmentClass("bus", (0, 60, 100), thing=True),
        SegmentClass("train", (0, 80, 100), thing=True),
        SegmentClass("motorcycle", (0, 0, 230), thing=True),
        SegmentClass("bicycle", (119, 11, 32), thing=True),
    )
)

_VOC_THINGS = (
    "aeroplane,bicycle,bird,boat,bottle,bus,car,cat,chair,cow,diningtable,dog,horse,motorbike,person,"
    "pottedplant,sheep,sofa,train,tvmonitor"
)
VOC = ClassTable(
    (
        SegmentClass("background", (0, 0, 0)),
        *(SegmentClass(name, color_of(i), thing=True) for i, name in enumerate(_VOC_THINGS.split(","), start=1)),
    )
)

PALETTES = {"camvid": CAMVID, "cityscapes": CITYSCAPES, "voc": VOC}
