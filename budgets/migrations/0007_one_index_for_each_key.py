"""Indexes that others begin with are written with every post, and read by nobody."""
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('budgets', '0006_client_day_spend'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='costentry',
            name='budgets_cos_period__aefa55_idx',
        ),
        migrations.AlterField(
            model_name='costentry',
            name='end_user',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='budgets.enduser'),
        ),
        migrations.AlterField(
            model_name='costentry',
            name='project',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='budgets.project'),
        ),
        migrations.AlterField(
            model_name='dayspend',
            name='end_user',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='day_spends', to='budgets.enduser'),
        ),
        migrations.AlterField(
            model_name='dayspend',
            name='project',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='budgets.project'),
        ),
        migrations.AlterField(
            model_name='enduser',
            name='project',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='end_users', to='budgets.project'),
        ),
        migrations.AlterField(
            model_name='highwater',
            name='end_user',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='high_waters', to='budgets.enduser'),
        ),
        migrations.AlterField(
            model_name='highwater',
            name='view',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='high_waters', to='budgets.view'),
        ),
        migrations.AlterField(
            model_name='hourspend',
            name='project',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='budgets.project'),
        ),
        migrations.AlterField(
            model_name='view',
            name='project',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='views', to='budgets.project'),
        ),
    ]
