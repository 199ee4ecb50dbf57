"""Measure a stack cell by cell, look at the extremes, and write table, figure and report."""

from covoxel import measure, read_image

cargo, endosomes = read_image("sample_data/two_channel_cells.ome.tif")
cells = read_image("sample_data/two_channel_cells_labels.tif")[0]

result = measure(cargo, endosomes, labels=cells, measures="default,significance")
table = result.table.set_index("label")
print(table[["pearson", "pearson_low", "pearson_high", "tm1_own", "tm1_own_chance"]].round(2))
print("highest r in cell", table["pearson"].idxmax())

result.save("cells")
result.report("cells/report.html")
