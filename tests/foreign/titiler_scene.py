"""Writes scene.tif, 2,048 × 2,048 pixels of three bands, which TiTiler cuts tiles from. Run in its environment."""

import numpy
import rasterio
from rasterio.transform import from_bounds

SIDE = 2048

rows, columns = numpy.mgrid[0:SIDE, 0:SIDE]
bands = numpy.stack([(rows * 3 + columns) % 251, (rows ^ columns) % 251, (rows * columns) % 251]).astype("uint8")
bounds = from_bounds(400_000, 5_000_000, 500_000, 5_100_000, SIDE, SIDE)  # meters of the zone below
blocks = {"tiled": True, "blockxsize": 256, "blockysize": 256, "compress": "deflate"}
shape = {"width": SIDE, "height": SIDE, "count": 3, "dtype": "uint8"}
with rasterio.open("scene.tif", "w", driver="GTiff", crs="EPSG:32633", transform=bounds, **shape, **blocks) as file:
    file.write(bands)
